"""What a bucket's evidence amounts to: nothing, a watch, or a page.

Each piece is −log10 of how rarely this series' own past looks so. They are joined as evidence, not
averaged: a calm piece vetoes nothing, but a page needs two that agree.

- Where opinions are **unknown** (bare counts, a language that is not read) the volume alone
  decides: a surplus at ``PAGE``, or a lesser one that persists.
- Where they are **known** the volume alone is a watch. It is a page where the mixture of opinions
  is likelier in a crisis than on ordinary days (the log likelihood ratio is added to the volume's
  score, as Bayes would), or where so many are negative that the number alone is beyond chance,
  however cheerful the rest.
- What is told is corroborated where its words are **new** or where it has **spread** over more
  platforms and publishers than is usual when it is loud: that is added to either. Opinions that
  are less likely in a crisis than on ordinary days are not overruled by it.
- Where a **crisis is named** by more of the voices than otherwise when it is loud, that counts as
  opinions that lean towards a crisis, however many cheer beside them.
- What **could not be read** is unknown and not calm: what of it is more than its usual share counts
  by itself, as the volume of a series does of which nothing can be read.
- Where **authors** are known, surplus and persistence count no more towards a page than the number
  of those who speak does: one author is one voice, however much he writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log10

WATCH, PAGE = 2.1, 2.75
"""The default thresholds. See docs/detection.md for what they cost and catch."""

BELOW_PAGE = 0.05
"""What is no page stays so far below it."""

PERSISTENT_WATCH = 2.1
"""What persistence alone comes to at most: a watch."""

PERSISTING = 1.65
"""A persistence of 1.25, the mean of four rhythms, is as rare as a surplus of 2."""

LASTING = 0.65
"""How surplus and persistence are added up in a thin series: a little more than their mean."""

THIN, THICK = 12.0, 18.0
"""Mentions an hour. Up to the first the windows of a bucket say little, and a surplus counts with
its persistence; from the second on it counts alone; in between a part of each."""

LIKELIER = log10(2.0)
"""Below it, twice as likely in a crisis, opinions agree with nothing."""

OPINION_COUNTS = 2.0
"""What the likelihood ratio counts beside the volume, whose score says less a unit: tails learned
from few bursts are heavy ones."""

JOINED_COST, COUNT_COST = 0.5, 1.75
"""What is taken off joined evidence, and off the number of negative ones (which rises with every
burst of the volume), so that one threshold serves all."""

MANY_AUTHORS = 1.0
"""Below it no more authors speak than usual."""

CORROBORATES, CORROBORATED, MOST_CORROBORATED = 1.0, 0.5, 0.75
"""New words and spread count from one in ten on, by half of what is beyond, each so much at most:
none carries a watch that has only just opened to a page, two may."""

NAMED = 2.0
"""From here on (one in a hundred) a crisis is named so often that opinions lean towards one."""

AGREES = 1.3
"""From here on a piece of evidence is named among those that agree (one in 20)."""


@dataclass(slots=True)
class Evidence:
    """The pieces. ``usual``: ordinary mentions an hour; ``clear``: more came than chance and a
    baseline a fifth too low explain, ``many``: so do more authors, where they are known.
    ``negative`` (log10 of how many times likelier such a mixture is in a crisis) and ``negatives``
    (so many negative ones) are None where opinions are unknown, ``authors`` where authors are.
    ``unread``: the surplus of what could not be read, beyond its usual share, alone. ``crises``: so
    many that name a crisis, however little is said. Not frozen: that costs two microseconds."""

    surplus: float
    persistence: float
    usual: float = THICK
    clear: bool = True
    many: bool = True
    negative: float | None = None
    negatives: float | None = None
    authors: float | None = None
    new_words: float | None = None
    spread: float | None = None
    named: float | None = None
    unread: float = 0.0
    crises: float = 0.0

    @property
    def corroboration(self) -> float:
        """What new words, spread and a crisis that is named add: of a few people's, nothing."""
        asked = (self.new_words, self.spread, self.named)
        if asked == (None, None, None) or not self.many:
            return 0.0
        more = [max(0.0, (piece or 0.0) - CORROBORATES) for piece in asked]
        return sum(min(CORROBORATED * piece, MOST_CORROBORATED) for piece in more)

    @property
    def volume(self) -> float:
        """Surplus and persistence together."""
        return self._joined(self.surplus, self.persistence)

    def _joined(self, surplus: float, persistence: float) -> float:
        thin = min(1.0, max(0.0, (THICK - self.usual) / (THICK - THIN)))
        both = LASTING * (surplus + persistence)
        return surplus + thin * (both - surplus)

    def _voiced(self, piece: float) -> float:
        """No more than the number of voices says, where authors are known."""
        return min(piece, inf if self.authors is None else self.authors)

    @property
    def alone(self) -> float:
        """What the volume says of a series of which no opinion is known."""
        volume = self._joined(self._voiced(self.surplus), self._voiced(self.persistence))
        return volume + self.corroboration if self.clear else volume

    @property
    def unknown(self) -> float:
        """The same of what could not be read, where the rest could."""
        if self.unread <= 0.0:
            return 0.0
        unread = self._voiced(self.unread)
        return self._joined(unread, min(unread, self.persistence)) + self.corroboration

    @property
    def opinion(self) -> float:
        """What opinions and volume say together, on the scale of the thresholds."""
        if self.negative is None or self.negatives is None:
            return 0.0
        more, count = self.corroboration, self.negatives - COUNT_COST
        likelier = self.negative >= LIKELIER or (self.negative > 0.0 and more >= LIKELIER)
        named = self.many and (self.named or 0.0) >= NAMED
        if not self.clear or not (likelier or named):
            return max(count, 0.0)
        volume = LASTING * (self._voiced(self.surplus) + self._voiced(self.persistence)) + more
        mixture = volume + OPINION_COUNTS * max(0.0, self.negative) - JOINED_COST
        return max(mixture, count, 0.0)

    def watch(self, page: float = PAGE) -> float:
        """How much there is to look at, whoever agrees: what a series' own past is asked of."""
        watch = max(self.volume, PERSISTING * self.persistence, self.opinion, self.crises)
        return max(watch, self.surplus) if self.surplus >= page else watch

    def strength(self, page: float = PAGE) -> float:
        """All of it on one scale: ``page`` and more is a page, ``WATCH`` and more a watch."""
        watch = max(self.volume, min(PERSISTING * self.persistence, PERSISTENT_WATCH), self.crises)
        if self.surplus >= page:
            watch = max(watch, self.surplus)
        pages = self.alone if self.negative is None else max(self.opinion, self.unknown)
        if self.authors is not None and self.authors < MANY_AUTHORS:
            pages = 0.0
        return pages if pages >= page else min(max(watch, pages), page - BELOW_PAGE)

    def agreeing(self) -> tuple[str, ...]:
        """The names of the pieces that agree with the surplus."""
        named = (
            ("persistence", PERSISTING * self.persistence, AGREES),
            ("negative_share", self.negative, LIKELIER),
            ("negative_volume", self.negatives, AGREES),
            ("authors", self.authors, AGREES),
            ("new_words", self.new_words, AGREES),
            ("spread", self.spread, AGREES),
            ("named", max(self.named or 0.0, self.crises), AGREES),
            ("unread", self.unread, AGREES),
        )
        return tuple(name for name, value, least in named if value and value >= least)

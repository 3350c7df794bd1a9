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
- Where **authors** are known and no more of them speak than usual, it is a watch at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

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
neither carries a watch that has only just opened to a page, both may."""

AGREES = 1.3
"""From here on a piece of evidence is named among those that agree (one in 20)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The pieces. ``usual``: ordinary mentions an hour; ``clear``: more came than chance and a
    baseline a fifth too low explain. ``negative`` (log10 of how many times likelier such a mixture
    is in a crisis) and ``negatives`` (so many negative ones) are None where opinions are unknown,
    ``authors`` where authors are."""

    surplus: float
    persistence: float
    usual: float = THICK
    clear: bool = True
    negative: float | None = None
    negatives: float | None = None
    authors: float | None = None
    new_words: float | None = None
    spread: float | None = None

    @property
    def corroboration(self) -> float:
        """What new words and spread add."""
        if self.new_words is None and self.spread is None:
            return 0.0
        more = [max(0.0, (piece or 0.0) - CORROBORATES) for piece in (self.new_words, self.spread)]
        return sum(min(CORROBORATED * piece, MOST_CORROBORATED) for piece in more)

    @property
    def volume(self) -> float:
        """Surplus and persistence together."""
        thin = min(1.0, max(0.0, (THICK - self.usual) / (THICK - THIN)))
        both = LASTING * (self.surplus + self.persistence)
        return self.surplus + thin * (both - self.surplus)

    @property
    def opinion(self) -> float:
        """What opinions and volume say together, on the scale of the thresholds."""
        if self.negative is None or self.negatives is None:
            return 0.0
        more = self.corroboration
        likelier = self.negative >= LIKELIER or (self.negative > 0.0 and more >= LIKELIER)
        agrees = self.clear and likelier
        volume = LASTING * (self.surplus + self.persistence) + more
        mixture = volume + OPINION_COUNTS * self.negative - JOINED_COST if agrees else 0.0
        return max(mixture, self.negatives - COUNT_COST, 0.0)

    def watch(self, page: float = PAGE) -> float:
        """How much there is to look at, whoever agrees: what a series' own past is asked of."""
        watch = max(self.volume, PERSISTING * self.persistence, self.opinion)
        return max(watch, self.surplus) if self.surplus >= page else watch

    def strength(self, page: float = PAGE) -> float:
        """All of it on one scale: ``page`` and more is a page, ``WATCH`` and more a watch."""
        watch = max(self.volume, min(PERSISTING * self.persistence, PERSISTENT_WATCH))
        if self.surplus >= page:
            watch = max(watch, self.surplus)
        alone = self.volume + self.corroboration if self.clear else self.volume
        pages = alone if self.negative is None else self.opinion
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
        )
        return tuple(name for name, value, least in named if value and value >= least)

"""What a week's digest says of the response itself: who could not be paged, which risks are due."""

from __future__ import annotations

from dataclasses import dataclass

from alerting.i18n import Localizer


@dataclass(frozen=True, slots=True)
class Readiness:
    """Counts: what would keep a page from its person, entries of the risk register whose review is
    due, and those that were seen more often than they say."""

    unreachable: int = 0
    reviews: int = 0
    proposals: int = 0

    def lines(self, say: Localizer) -> list[str]:
        """A sentence for each that is not nought, with the command that says more."""
        lines = []
        if self.unreachable:
            lines.append(
                say.n_(
                    "{n} thing would keep a page from its person: `siaga oncall check`.",
                    "{n} things would keep a page from its person: `siaga oncall check`.",
                    self.unreachable,
                )
            )
        if self.reviews:
            lines.append(
                say.n_(
                    "{n} entry of the risk register is due for review: `siaga risks`.",
                    "{n} entries of the risk register are due for review: `siaga risks`.",
                    self.reviews,
                )
            )
        if self.proposals:
            lines.append(
                say.n_(
                    "{n} risk was seen more often than the register says: `siaga risks`.",
                    "{n} risks were seen more often than the register says: `siaga risks`.",
                    self.proposals,
                )
            )
        return lines

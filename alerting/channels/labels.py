"""The few words that are a channel's own, and how much of a stranger's text is shown."""

from __future__ import annotations

from alerting.channels.base import Delivery
from alerting.channels.sanitize import cut, one_line
from alerting.i18n import Localizer
from alerting.messages.wording import platform_name
from alerting.model import Notice, Quote

MAX_FIELDS, MAX_QUOTES, QUOTE = 10, 3, 300


def labels(delivery: Delivery) -> list[str]:
    """What the reader must know before anything else."""
    _ = localizer(delivery.notice)._
    found = [one_line(delivery.notice.stamp)]
    if delivery.possible_repeat:
        found.append(_("Possible repeat: nothing confirmed that the first one arrived."))
    return [label for label in found if label]


def localizer(notice: Notice) -> Localizer:
    """How the notice's reader is spoken to."""
    return Localizer(notice.locale, notice.zone)


def marked(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, and whether each is a command: what stands between backticks. An odd
    backtick is a backtick."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return [(text, False)]
    return [(words, number % 2 == 1) for number, words in enumerate(parts) if words]


def quoted(quote: Quote) -> str:
    """A quote's text, clean, on one line and not too long."""
    return cut(one_line(quote.text), QUOTE) or "…"


def byline(quote: Quote, say: Localizer) -> str:
    """Who wrote it, where, when, and how it was read."""
    at = f"{say.date(quote.at)}, {say.clock(quote.at)}" if quote.at else ""
    at = when_written(at, say, doubtful=quote.doubtful)
    platform = platform_name(quote.platform) if quote.platform else ""
    parts = (one_line(part) for part in (quote.author, platform, at, quote.sentiment))
    return " · ".join(cut(part, 100) for part in parts if part)


def when_written(at: str, say: Localizer, *, doubtful: bool) -> str:
    """When something was written, as it is shown: marked where that is not sure."""
    return say._("{time} (time uncertain)", time=at) if at and doubtful else at


def open_link(locale: str) -> str:
    """What the link to our page says."""
    return Localizer(locale)._("Open in Siaga")

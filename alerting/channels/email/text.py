"""A notice as an e-mail's two bodies. Pure; Jinja escapes what strangers wrote."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from alerting.channels.base import Delivery
from alerting.channels.labels import (
    MAX_FIELDS,
    MAX_QUOTES,
    byline,
    labels,
    localizer,
    marked,
    open_link,
    quoted,
)
from alerting.channels.sanitize import clean, cut, host_of, one_line, safe_url

PART = 10_000
"""Characters of one part of a message; a digest's text has some 4,000."""


@cache
def environment() -> Environment:
    """The templates under ``alerting/templates``; everything is escaped unless marked safe."""
    made = Environment(
        loader=PackageLoader("alerting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "marked": marked,
        "clean": lambda text: clean(cut(text, PART)),
        "one_line": lambda text: one_line(cut(text, PART)),
        "safe_url": safe_url,
        "host": host_of,
    }
    return made


def text_body(delivery: Delivery) -> str:
    """text/plain: complete by itself."""
    notice = delivery.notice
    lines = [notice.headline, *labels(delivery), "", _plain(notice.summary), ""]
    lines += [f"{label}: {_plain(value)}" for label, value in notice.fields[:MAX_FIELDS]]
    for quote in notice.quotes[:MAX_QUOTES] if notice.kind != "digest" else ():
        by = (byline(quote, localizer(notice)), safe_url(quote.url))
        lines += ["", f"> {quoted(quote)}", "  " + " · ".join(part for part in by if part)]
    lines += ["", _plain(notice.why), _plain(notice.how_to), safe_url(notice.link), notice.footer]
    text = "\n".join(clean(cut(line, PART)) for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _plain(text: str) -> str:
    """Without the marks of commands."""
    return "".join(words for words, _ in marked(text))


def html_body(delivery: Delivery) -> str:
    """text/html. A notice that brings its own HTML (the digest) keeps it."""
    if delivery.notice.html:
        return delivery.notice.html
    values: dict[str, Any] = {
        "notice": delivery.notice,
        "fields": delivery.notice.fields[:MAX_FIELDS],
        "quotes": delivery.notice.quotes[:MAX_QUOTES],
        "labels": labels(delivery),
        "open": open_link(delivery.notice.locale),
        "quoted": quoted,
        "byline": partial(byline, say=localizer(delivery.notice)),
    }
    return environment().get_template("notice.html").render(values)

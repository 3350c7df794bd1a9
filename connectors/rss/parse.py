"""RSS, Atom and RDF bytes -> articles, whatever shape they are in."""

from __future__ import annotations

import hashlib
import io
from calendar import timegm
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Rejected, Unavailable
from connectors.kit import http
from connectors.kit.html_text import text_of
from connectors.kit.times import EPOCH
from monitor.model import Author, Mention


def read_feed(answer: http.Response, now: datetime, *, known: bool) -> tuple[list[Mention], int]:
    """A feed's entries as articles, and how many could not be read. ``known``: it was a feed
    before. Raises ``Unavailable`` or ``Rejected`` where it is no feed at all."""
    import feedparser  # 0.05 s, only where a feed is read

    told = answer.headers.get("content-type", "")
    try:
        # never a str: feedparser would take one for an address
        feed = feedparser.parse(io.BytesIO(answer.body), response_headers={"content-type": told})
        if feed.bozo and not feed.entries:  # the header may be wrong about the encoding
            feed = feedparser.parse(io.BytesIO(answer.body))
    except Exception as error:  # its many parsers raise many things on hostile input
        raise Unavailable(
            f"{answer.host} sent a feed that cannot be read ({type(error).__name__})."
        ) from error
    if not feed.entries and not feed.get("version"):
        kind = "a web page" if b"<html" in answer.body[:4096].lower() else "something else"
        said = f"{answer.host} sent {kind} instead of a feed"
        if known:  # it has been a feed: a page for maintenance or a login, most likely
            raise Unavailable(f"{said}.")
        raise Rejected(f"{said}: use the address of its RSS or Atom feed.")
    read = [_mention(entry, answer.host, now) for entry in feed.entries]
    mentions = {m.external_id: m for m in read if m}
    return list(mentions.values()), sum(m is None for m in read)


def _mention(entry: Any, host: str, now: datetime) -> Mention | None:
    """An entry as an article; None if it has no words."""
    title = text_of(str(entry.get("title", "")))
    told = entry.get("summary") or next((c.get("value") for c in entry.get("content", ())), "")
    text = text_of(str(told or ""))
    link = str(entry.get("link") or "")
    publisher = str((entry.get("source") or {}).get("title") or entry.get("author") or "")
    headline = title.removesuffix(f" - {publisher}")
    if headline and text.startswith(headline) and len(text) < len(title) + 60:
        text = ""  # Google News repeats the title as its summary
    if not (title or text):
        return None
    own_id = str(entry.get("id") or "") or link + title or text
    if ":" not in own_id:
        own_id = f"{host}:{own_id}"  # a number is only this feed's own
    return Mention(
        platform="news",
        external_id=own_id if len(own_id) <= 200 else hashlib.sha256(own_id.encode()).hexdigest(),
        published_at=min(_published(entry) or now, now),
        text=text or title,
        author=Author(publisher[:200]) if publisher else None,
        url=link if link.startswith(("http://", "https://")) else "",
        kind="article",
        title=title if text else "",
        stable_time=False,
    )


def _published(entry: Any) -> datetime | None:
    # dict.get: feedparser's own hands one out for the other, and warns of it
    at = dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")
    try:
        return EPOCH + timedelta(seconds=timegm(at)) if at else None
    except (ValueError, TypeError, OverflowError):
        return None

"""The bytes of a feed -> its entries: RSS, Atom, RDF and JSON Feed, whatever shape they are in.

https://www.rssboard.org/rss-specification, https://www.rfc-editor.org/rfc/rfc4287,
https://www.jsonfeed.org/version/1.1/. ``parse`` runs in a worker process
(``connectors.kit.worker``): it is the part that a hostile feed can make slow or large.
"""

from __future__ import annotations

import io
import re
from calendar import timegm
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from html import unescape
from typing import Any

import orjson

from connectors.base import Rejected, Unavailable
from connectors.kit import http, worker
from connectors.kit.charset import decode
from connectors.kit.html_text import MAX_TEXT, text_from_html
from connectors.kit.json_values import read_json
from connectors.kit.links import absolute, unwrapped
from connectors.rss.mended import mended

PARSE_S = 15.0
"""Seconds of processor time; 16 MiB of entries take half of it."""

MAX_FIELD = 500
"""Characters of a name, an id or a date that are looked at; longer ones are no such thing."""

TEXTS = ("text/", "html", "xhtml", "application/xhtml", "application/xml")
"""Types of content that is read."""

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DECLARED = re.compile(rb"^[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_NAMES = re.compile(
    r"(<((?:[\w.-]+:)?(?:author|creator|publisher|managingeditor|webmaster|contributor|name|owner"
    r"|email|editor|guid|id|pubdate|date|published|updated))\b[^>]{0,300}>\s*(?:<!\[CDATA\[)?"
    r"[^<\]]{500})[^<]*",
    re.IGNORECASE,
)
"""Elements that hold a name, an id or a date, longer than those are. feedparser looks for e-mail
addresses in names, in time that grows with the square of their length."""


_BEGINS = re.compile(r"<(?:[\w.-]+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_ENDS = re.compile(r"</(?:[\w.-]+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as its feed states it. Texts are plain; ``link`` and ``source_link`` are whole
    addresses or "". ``published`` is the feed's own words, ``parsed`` seconds since 1970 where only
    feedparser can read them. ``source``: the publisher that an aggregator names."""

    id: str
    link: str
    title: str
    text: str
    author: str = ""
    source: str = ""
    source_link: str = ""
    published: str = ""
    parsed: int | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed holds. ``home`` is the page it belongs to; ``wordless`` entries had no words;
    ``whole`` is not one that breaks off before its end, where the program that writes it died."""

    entries: tuple[Entry, ...]
    home: str = ""
    wordless: int = 0
    whole: bool = True


def read_feed(response: http.Response, *, known: bool) -> Feed:
    """The feed of a response. ``known``: there was a feed before. Raises ``Unavailable`` or
    ``Rejected`` where it is none."""
    told = {"type": response.headers.get("content-type", ""), "url": response.url}
    try:
        answer = worker.call(
            f"{__name__}:parse", orjson.dumps(told) + b"\n" + response.body, deadline_s=PARSE_S
        )
    except worker.WorkerFailed as error:
        raise Unavailable(f"{response.host} sent a feed that cannot be read ({error}).") from None
    read = orjson.loads(answer)
    if not read["is_feed"]:
        kind = "a web page" if b"<html" in response.body[:4096].lower() else "something else"
        said = f"{response.host} sent {kind} instead of a feed"
        if known:  # it has been a feed: a page for maintenance or a login, most likely
            raise Unavailable(f"{said}.")
        raise Rejected(f"{said}: use the address of its RSS or Atom feed.")
    entries = tuple(Entry(**entry) for entry in read["entries"])
    worded = tuple(entry for entry in entries if entry.title or entry.text)
    return Feed(worded, read["home"], len(entries) - len(worded), read["whole"])


def parse(data: bytes) -> bytes:
    """A feed's entries as JSON, from a line of JSON (content ``type``, ``url``) and the body."""
    head, _, body = data.partition(b"\n")
    told = orjson.loads(head)
    whole = True
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" or "json" in told["type"]:
        is_feed, home, entries = _json_feed(body, told["url"])
    else:
        is_feed, home, entries, whole = _xml_feed(body, told["type"], told["url"])
    return orjson.dumps(
        {
            "is_feed": is_feed,
            "home": home,
            "entries": [asdict(entry) for entry in entries],
            "whole": whole,
        }
    )


def _xml_feed(body: bytes, content_type: str, url: str) -> tuple[bool, str, list[Entry], bool]:
    import feedparser  # 0.05 s, and only in the worker process

    in_header = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    in_body = _DECLARED.match(body[:400].replace(b"\x00", b"").lstrip(b"\xff\xfe\xef\xbb\xbf"))
    declared = (in_body[1].decode() if in_body else "", in_header[1] if in_header else "")
    text = mended(_DECLARATION.sub("", decode(body, declared), count=1))
    text = _NAMES.sub(lambda found: found[1] + ("]]>" if "<![CDATA[" in found[1] else ""), text)
    feed = feedparser.parse(
        # never a str: feedparser would take one for an address
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,  # texts are taken out of the HTML, which is never shown
        resolve_relative_uris=False,
    )
    home = absolute(_field(feed.feed, "link"), url)
    entries = [_entry(entry, home, url) for entry in feed.entries]
    whole = not _BEGINS.search(text) or bool(_ENDS.search(text))
    return bool(entries or feed.get("version")), home, entries, whole


def _entry(entry: dict[str, Any], home: str, url: str) -> Entry:
    source = entry.get("source")
    source = source if isinstance(source, Mapping) else {}
    # dict.get: feedparser's own hands one out for the other, and warns of it
    published = dict.get(entry, "published") or dict.get(entry, "updated") or ""
    parsed = dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")
    link = _field(entry, "feedburner_origlink") or _field(entry, "link")
    return Entry(
        id=_field(entry, "id").replace("&amp;", "&"),  # feedparser leaves them in a broken feed
        link=unwrapped(absolute(link.replace("&amp;", "&"), home, url)),
        title=" ".join(text_from_html(str(entry.get("title") or "")).split()),
        text=_joined([_plain(html) for html in _texts(entry)]),
        author=_author(entry),
        source=text_from_html(_field(source, "title")),
        source_link=absolute(_field(source, "href") or _field(source, "link")),
        published=text_from_html(unescape(unescape(str(published)[:MAX_FIELD]))),
        parsed=None if str(published).isascii() else _seconds(parsed),
    )


_WITH_ADDRESS = re.compile(r"\S+@\S+\s*\((.+)\)|(.+?)\s*\(\S+@\S+\)")


def _author(entry: Mapping[str, Any]) -> str:
    """The author's name, without the address that RSS and feedparser have beside it."""
    author = text_from_html(_field(entry, "author"))
    found = _WITH_ADDRESS.fullmatch(author)
    return (found[1] or found[2]).strip() if found else author


_ESCAPED = re.compile(r"</(?:p|div|a|b|i|strong|em|span|li|td|h\d)>|<br ?/?>", re.IGNORECASE)


def _plain(html: str) -> str:
    """The text of HTML, be it that its writer has escaped it once too often."""
    text = text_from_html(html)
    return text_from_html(text) if "<" not in html and _ESCAPED.search(text) else text


def _texts(entry: Mapping[str, Any]) -> Iterator[str]:
    yield str(entry.get("summary") or "")
    for content in entry.get("content") or ():
        if str(content.get("type") or "text/html").lower().startswith(TEXTS):
            yield str(content.get("value") or "")


def _joined(texts: list[str]) -> str:
    """The texts one after the other, without those that another one holds already."""
    kept: list[str] = []
    for text in sorted(filter(None, texts), key=len, reverse=True):
        core = " ".join(text.rstrip(" .…[]").split())
        if not any(core in " ".join(other.split()) for other in kept):
            kept.append(text)
    kept.sort(key=texts.index)
    return "\n".join(kept)[:MAX_TEXT]


def _json_feed(body: bytes, url: str) -> tuple[bool, str, list[Entry]]:
    try:
        feed = read_json(decode(body).encode())
    except ValueError:
        return False, "", []
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        return False, "", []
    home = absolute(_field(feed, "home_page_url"), url)
    items = [item for item in feed["items"] if isinstance(item, dict)]
    by = {name: feed[name] for name in ("author", "authors") if feed.get(name)}
    entries = [_item(item if _names_author(item) else item | by, home, url) for item in items]
    return "jsonfeed" in _field(feed, "version"), home, entries


def _names_author(item: Mapping[str, Any]) -> bool:
    return bool(item.get("author") or item.get("authors"))


def _item(item: Mapping[str, Any], home: str, url: str) -> Entry:
    authors = item.get("authors")
    author = authors[0] if isinstance(authors, list) and authors else item.get("author")
    texts = [
        text_from_html(_text(item, "content_html")),
        _text(item, "content_text"),
        _text(item, "summary"),
    ]
    link = _field(item, "url") or _field(item, "external_url")
    return Entry(
        id=_field(item, "id"),
        link=unwrapped(absolute(link, home, url)),
        title=" ".join(_text(item, "title").split()),
        text=_joined([text[:MAX_TEXT].strip() for text in texts]),
        author=_field(author, "name") if isinstance(author, Mapping) else "",
        published=_field(item, "date_published") or _field(item, "date_modified"),
    )


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _field(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)[: 4 * MAX_FIELD].strip()


def _seconds(parsed: Any) -> int | None:
    try:
        return timegm(parsed) if parsed else None
    except (ValueError, TypeError, OverflowError):
        return None

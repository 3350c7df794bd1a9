"""Which column of a file is what: the names people and listening tools give them.

Names are compared without case, punctuation and what stands in parentheses (``Date (WIB)`` is
``date``). Sources: X API v1.1 and v2 and the archive's ``tweets.js``, YouTube Takeout, Google Play
Console's review reports, and the export fields that Brandwatch, Talkwalker, Meltwater, Sprinklr,
Mention, Hootsuite, Sprout Social, Awario, Brand24 and Determ (Mediatoolkit) document or that are
seen in public code reading their files. Tools let their users choose columns: where ours do not
fit, ``--column`` says which it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


COLUMNS: Mapping[str, tuple[str, ...]] = {
    "text": _names(
        "full text, text, body, content, message, tweet, comment, comment text, review text, "
        "mention text, mention content, mention snippet, hit sentence, snippet, opening text, "
        "post text, post message, caption, post, mention, description, summary, isi, isi "
        "komentar, komentar, teks, pesan, ulasan, konten, cuitan"
    ),
    "published_at": _names(
        "published at, created at, created time, published, published date, publication date, "
        "date published, date, datetime, date time, timestamp, time, created, tweet created, "
        "date created, created date, post date, posted at, review submit date and time, "
        "comment create timestamp, create time iso, create time, message created time, "
        "tanggal, tanggal posting, tanggal publikasi, waktu, tgl"
    ),
    "clock": _names("time, hour, time of day, published time, jam, waktu, pukul"),
    "id": _names(
        "id str, id, external id, tweet id, post id, comment id, message id, mention id, "
        "resource id, document id, unique id, universal message id, review id, guid"
    ),
    "author": _names(
        "author, username, user name, user, handle, screen name, author handle, author "
        "username, author screen name, sender screen name, user screen name, user username, "
        "from user, from, author name, influencer, sender, profile name, extra author "
        "attributes name, owner username, author meta name, name, akun, nama akun, pengguna, "
        "penulis, nama"
    ),
    "url": _names(
        "url, link, permalink, post url, message url, post permalink, mention url, tweet url, "
        "comment url, review link, original url, tautan, alamat"
    ),
    "platform": _names(
        "platform, network, social network, source type, content source name, page type, "
        "content source, sn type, channel, kanal"
    ),
    "lang": _names("lang, language, language code, reviewer language, bahasa"),
    "title": _names("title, headline, subject, review title, judul"),
    "reply_to": _names(
        "reply to, in reply to, in reply to status id str, in reply to status id, parent id, "
        "parent comment id, in reply to id"
    ),
    "followers": _names(
        "followers, followers count, user followers, user followers count, author followers, "
        "sender follower count, follower count, twitter followers, author public metrics "
        "followers count"
    ),
}
"""Where each field is looked for, the best first, unless ``columns`` says otherwise. ``clock`` is
the time of day where the date stands in a column of its own."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool's export: the columns it is known by, and what of it the usual names get wrong."""

    name: str
    known_by: frozenset[str]
    columns: Mapping[str, str] = field(default_factory=dict)


TOOLS: tuple[Tool, ...] = (
    Tool(
        "Brandwatch",
        frozenset({"query id", "query name", "date", "snippet"}),
        {"platform": "page type"},
    ),
    Tool("Talkwalker", frozenset({"published", "content", "source type"})),
    Tool("Meltwater", frozenset({"hit sentence", "opening text"}), {"text": "hit sentence"}),
    Tool("Sprinklr", frozenset({"created time", "sender screen name"})),
    Tool("Mention", frozenset({"unique id", "published at", "source type", "description"})),
    Tool(
        "Sprout Social",
        frozenset({"timestamp", "network", "message id"}),
        {"published_at": "timestamp", "text": "message"},
    ),
    Tool("Hootsuite", frozenset({"post permalink", "date"})),
    Tool("Awario", frozenset({"source", "reach", "sentiment", "snippet"}), {"platform": "source"}),
    Tool("Determ (Mediatoolkit)", frozenset({"mention snippet", "date", "time"})),
    Tool("Brand24", frozenset({"date", "content", "source", "sentiment", "author"})),
    Tool("Google Play Console", frozenset({"review submit date and time", "star rating"})),
    Tool("YouTube Takeout", frozenset({"comment create timestamp", "comment text"})),
    Tool("X archive", frozenset({"full text", "created at", "favorite count"})),
    Tool("X API", frozenset({"text", "created at", "author id"})),
)
"""The exports that are named in a preview, the first that fits."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The file's columns by our fields. ``tool``: whose export it looks like."""

    columns: Mapping[str, str]
    tool: str = ""


def plain_name(column: str) -> str:
    """A column's name as it is compared."""
    column = re.sub(r"\([^)]*\)", " ", column.replace("\ufeff", ""))
    column = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)
    return " ".join(re.split(r"[\W_]+", column)).strip().casefold()


def find_fields(columns: Sequence[str], wanted: Mapping[str, str]) -> Fields:
    """Which of ``columns`` is what; ``wanted`` says it for some of our fields, whose columns must
    be looked for by the caller: they may not be there."""
    names: dict[str, str] = {}
    for column in reversed(columns):  # of two columns of one name the first is meant
        if name := plain_name(column):
            names[name] = column
    tool = next((tool for tool in TOOLS if tool.known_by <= names.keys()), None)
    found: dict[str, str] = {}
    for ours, usual in COLUMNS.items():
        if chosen := wanted.get(ours):
            found[ours] = chosen if chosen in columns else names.get(plain_name(chosen), chosen)
            continue
        first = (tool.columns[ours],) if tool and ours in tool.columns else ()
        taken = set(found.values())
        best = next((names[n] for n in (*first, *usual) if n in names), None)
        if best is not None and not (ours == "clock" and best in taken):
            found[ours] = best
    if "clock" in found and found["clock"] == found.get("published_at"):
        del found["clock"]
    return Fields(found, tool.name if tool else "")


def known_names(wanted: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """The names that tell a header by its text and by its time."""
    own = {ours: {plain_name(theirs)} for ours, theirs in wanted.items()}
    text = {*COLUMNS["text"], *COLUMNS["title"], *own.get("text", ())}
    return frozenset(text), frozenset({*COLUMNS["published_at"], *own.get("published_at", ())})


def platform_named(name: str) -> str:
    """A platform as we call it: lower case letters, digits and a few marks, ``x`` for Twitter."""
    name = " ".join(re.sub(r"[^\w .&+-]", " ", name.strip().lower()).split())[:40]
    for part, ours in _PLATFORMS.items():
        if part in name:
            return ours
    return "" if name in ("all", "") else name


_PLATFORMS = {
    "twitter": "x",
    "tweet": "x",
    "instagram": "instagram",
    "facebook": "facebook",
    "youtube": "youtube",
    "tiktok": "tiktok",
    "linkedin": "linkedin",
    "reddit": "reddit",
    "threads": "threads",
    "bluesky": "bluesky",
    "mastodon": "mastodon",
    "online news": "news",
    "onlinenews": "news",
}

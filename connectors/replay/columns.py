"""Which column of a file is what: by its name, by what is in it where names leave a choice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from connectors.kit.links import site_of
from connectors.replay.names import (
    ANSWERS,
    COLUMNS,
    NEUTRAL,
    NO_VALUE,
    OTHERS,
    PERSONS,
    PLATFORMS,
    SAID,
    SHORT,
    SITE,
    SITES,
    TOOLS,
    Tool,
)

Reads = Callable[[str], bool]
"""Whether a value is what it should be."""

Values = Callable[[str], Sequence[str]]
"""The values of a column in some rows of the file, those that are not empty."""

_USUAL = {**COLUMNS, "site": SITE}
_PLACES = {ours: {name: n for n, name in enumerate(names)} for ours, names in _USUAL.items()}
_CLOCK = re.compile(
    r"(1899-12-3\d |1900-01-0\d )?\d{1,2}([:.]\d{2}){0,2}(\.\d+)?\s*([ap]\.?\s?m\.?)?"
    r"(\s*\(?[A-Z]{2,5}\)?){0,2}|0?[.,]\d+|\d{4}|\d{6}",
    re.IGNORECASE,
)
"""A time of day alone, as people and spreadsheets write it."""

_HAS_CLOCK = re.compile(r"\d:\d\d|\d\.\d\d\b(?!\.)|\d\s?[ap]\.?m\b|T\d{4}|^\d{9,}", re.IGNORECASE)
MAY_STAND_IN = ("text", "author", "url")
"""Fields of which another column is asked in the rows where the first has nothing."""

MAX_NAME = 200
"""Characters of a column's name; what is longer is a text."""

WEAK = frozenset(("name", "nama"))
"""Names of an author that may as well be those of the row: any other goes before them."""

MIN_WORDS = 4
"""Words that a value has on average in a column of texts that has no such name."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The file's columns by our fields. ``more``: columns that stand in for them where they are
    empty; ``site``: one that may name a platform; ``guessed``: fields that no name tells, found by
    what is in them; ``tool``: whose export it looks like."""

    columns: Mapping[str, str]
    more: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    site: str = ""
    guessed: frozenset[str] = frozenset()
    tool: Tool | None = None


def plain_name(column: str) -> str:
    """A column's name as it is compared."""
    column = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", column.replace("\ufeff", ""))
    column = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)
    return " ".join(re.split(r"[\W_]+", column)).strip().casefold()


@lru_cache(maxsize=4096)
def fit(ours: str, column: str) -> tuple[int, ...] | None:
    """How well a column's name fits one of our fields, the less the better; None: not at all.
    First come names as they are, then without words that say nothing, then values in objects."""
    if len(column) > MAX_NAME:
        return None
    places, name = _PLACES[ours], plain_name(column)
    if name in places:
        weak = ours == "author" and name in WEAK
        return (3, 0, places[name]) if weak else (0, 0, places[name])
    if (place := _place(ours, name)) is not None:
        return (1, 0, place)
    *outer, last = re.split(r"[./]", column)
    if not outer:
        return None
    if plain_name(last) in ("value", "label"):  # an object around a value
        *outer, last = outer
    around = {word for part in outer for word in plain_name(part).split()}
    if around & OTHERS or (ours not in ("author", "followers") and around & PERSONS):
        return None
    name = plain_name(last)
    place = places.get(name, _place(ours, name))
    if place is None or (ours == "author" and name == "name" and not around & PERSONS):
        return None
    return (2, len(outer), place)


def _place(ours: str, name: str) -> int | None:
    """Where a name stands among those of a field without words that say nothing beside it."""
    neutral = NEUTRAL.get(ours, frozenset())
    named = [w for w in name.split() if not w.isdigit()]
    words = [w for w in named if w not in neutral]
    place = _PLACES[ours].get(" ".join(words))
    if not words and len(named) > 1:  # ``review content``: what it is stands last, or first
        known = (_PLACES[ours].get(w) for w in (named[-1], named[0]))
        place = next((found for found in known if found is not None), None)
    if place is None and ours in ("published_at", "clock"):
        place = _PLACES[ours].get(" ".join(w for w in words if w not in SAID))
    return place


def find_fields(
    columns: Sequence[str], wanted: Mapping[str, str], values: Values, is_time: Reads
) -> Fields:
    """Which of ``columns`` is what; ``wanted`` says it for some of our fields, whose columns must
    be looked for by the caller: they may not be there."""
    names = {plain_name(column): column for column in reversed(columns)}
    tool = next((tool for tool in TOOLS if tool.known_by <= names.keys()), None)
    found: dict[str, str] = {}
    more: dict[str, tuple[str, ...]] = {}
    for ours in COLUMNS:
        if chosen := wanted.get(ours):
            found[ours] = chosen if chosen in columns else names.get(plain_name(chosen), chosen)
            continue
        first = names.get(tool.columns.get(ours, "")) if tool else None
        some = list(dict.fromkeys([*([first] if first else []), *_candidates(ours, columns)]))
        if not first:
            some.sort(key=lambda column: _apart(column, found.get("text", "")))
        some = _chosen(ours, some, found, values, is_time)
        if some:
            found[ours] = some[0]
            if ours in MAY_STAND_IN:
                more[ours] = tuple(c for c in some[1:] if (fit(ours, c) or (9,))[0] < 2)
    guessed = _by_content(columns, found, values, is_time)
    site = next(iter(_candidates("site", columns)), "")
    return Fields({**found, **guessed}, more, site, frozenset(guessed), tool)


_SORTS = "post comment review tweet video reply komentar postingan ulasan"
_KINDS = frozenset(_SORTS.split())
"""Of texts, that a column's name may say it is of."""


def _apart(column: str, text: str) -> int:
    """How far a column is from the text, by the things that both name: ``comment_date`` is of a
    ``comment``, ``date`` may be, ``post_date`` is of another thing."""
    of, here = (_KINDS.intersection(plain_name(name).split()) for name in (column, text))
    return 1 if not (of and here) else 0 if of & here else 2


def _candidates(ours: str, columns: Iterable[str]) -> list[str]:
    """The columns whose names fit, the best first; of two of one name the first."""
    fits = {column: rank for column in columns if (rank := fit(ours, column)) is not None}
    return sorted(fits, key=lambda column: fits[column])


def _chosen(
    ours: str, some: list[str], found: Mapping[str, str], values: Values, is_time: Reads
) -> list[str]:
    """Those of some columns whose values are such, if any are."""
    if ours in ("text", "title", "author") and len(some) > 1:
        some = [c for c in some if not _mostly(_is_number, values(c))] or some
    if ours == "published_at" and len(some) > 1:
        some = sorted(some, key=lambda column: not _mostly(is_time, values(column)))
        if not _mostly(_has_clock, values(some[0])):
            clocked = [
                c for c in some if _mostly(is_time, v := values(c)) and _mostly(_has_clock, v)
            ]
            some = [*clocked[:1], *some]
    elif ours == "clock":
        date = found.get("published_at", "")
        if _mostly(_has_clock, [v for v in values(date) if not _at_midnight(v)]):
            return []
        return [c for c in some if c != date and _mostly(_is_clock, values(c), of_none=False)]
    return some


def _mostly(holds: Reads, values: Sequence[str], *, of_none: bool = False) -> bool:
    return sum(map(holds, values)) * 2 > len(values) if values else of_none


def _is_number(value: str) -> bool:
    """Whether it counts something: a column “comment” may hold a text or how many there are."""
    return re.fullmatch(r"\d[\d.,]*\s?(?:k|m|rb|jt)?", value, re.IGNORECASE) is not None


def _has_clock(value: str) -> bool:
    return _HAS_CLOCK.search(value) is not None


def _at_midnight(value: str) -> bool:
    return re.search(r"[ T]00[:.]00([:.]00(\.0+)?)?$", value) is not None


def _is_clock(value: str) -> bool:
    return _CLOCK.fullmatch(value) is not None


def _by_content(
    columns: Sequence[str], found: Mapping[str, str], values: Values, is_time: Reads
) -> dict[str, str]:
    """The only column of times, of texts or of links, where no name tells one."""
    guessed: dict[str, str] = {}
    free = [c for c in columns if c not in found.values() and not is_time(c)]
    if "published_at" not in found:
        times = [c for c in free if _mostly(is_time, values(c)) and _mostly(_is_written, values(c))]
        if len(times) == 1:
            guessed["published_at"] = times[0]
    if "text" not in found:
        texts = [c for c in free if c not in guessed.values() and _mostly(_is_text, values(c))]
        texts = [c for c in texts if not ANSWERS.intersection(plain_name(c).split())]
        title = _words(values(found["title"])) if "title" in found else 0
        if len(texts) == 1 and _words(values(texts[0])) > title:
            guessed["text"] = texts[0]
    if "url" not in found:
        links = [c for c in free if _mostly(_is_link, values(c)) and _differ(values(c))]
        if len(links) == 1:
            guessed["url"] = links[0]
    return guessed


_PAGE = re.compile(r"https?://[^\s/]+/\S+", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|mp4|ico)(?:[?#:]|$)", re.IGNORECASE)


def _is_link(value: str) -> bool:
    return _PAGE.fullmatch(value) is not None and not _PICTURE.search(value)


def _differ(values: Sequence[str]) -> bool:
    """Whether each row has another one, as links of posts are, and those of accounts are not."""
    return len(set(values)) == len(values) > 1


def _is_written(value: str) -> bool:
    return not value.replace(".", "").isdigit()


def _words(values: Sequence[str]) -> int:
    return sum(len(value.split()) for value in values)


def _is_text(value: str) -> bool:
    return len(value.split()) >= MIN_WORDS and "://" not in value[:10]


def names_text(column: str) -> bool:
    """Whether a header's cell names a text."""
    return fit("text", column) is not None or fit("title", column) is not None


def names_time(column: str) -> bool:
    """Whether a header's cell names a time."""
    return fit("published_at", column) is not None


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row, or the names of an object, name a text and a time."""
    return any(map(names_text, cells)) and any(map(names_time, cells))


def no_value(value: str) -> bool:
    """Whether it is what programs write where there is nothing."""
    return len(value) < 10 and value.lower() in NO_VALUE


def platform_named(name: str) -> str:
    """A platform as we call it: lower case letters, digits and a few marks, ``x`` for Twitter."""
    name = " ".join(re.sub(r"[^\w .&+-]", " ", name.strip().lower()).split())[:40]
    return known_platform(name) or ("" if name in ("all", "") or no_value(name) else name)


@lru_cache(maxsize=1024)
def known_platform(name: str) -> str:
    """The platform that a name or a site's address means; "" for anything else."""
    name = name.strip().lower()
    if name in SHORT:
        return SHORT[name]
    if name in ("x", "x.com", "www.x.com") or name.startswith("x (") or name.endswith("(x)"):
        return "x"
    return next((ours for part, ours in PLATFORMS.items() if part in name), "")


def platform_of(link: str) -> str:
    """The platform whose page a link leads to; "" for any other page."""
    return _of_host(link.partition("://")[2].partition("/")[0])


@lru_cache(maxsize=1024)
def _of_host(host: str) -> str:
    return SITES.get(site_of(f"https://{host}/"), "")

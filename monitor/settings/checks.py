"""What no single value can tell: names that clash, queries, zones, channels that lead nowhere.

Works on plain data that may still be of any shape, so that these errors come together with the
others in one list.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError

from monitor.query.ast import Field, Query, QueryProblem, leaves, pattern_of
from monitor.query.parse import doubtful_words, parse
from monitor.query.text import is_word, normalise
from monitor.settings.addresses import ADDRESS
from monitor.settings.durations import parse_duration
from monitor.settings.errors import Finding
from monitor.settings.hours import wrong_holidays
from monitor.settings.people import wrong_names
from monitor.settings.secrets import is_token
from monitor.settings.shipped import shipped
from monitor.settings.yaml import Loc, NotYaml, read_text, walk


def cross_checks(
    data: Mapping[str, Any],
    check_source: Callable[[str, Mapping[str, Any]], list[tuple[str, str]]],
    now: datetime,
) -> Iterator[Finding]:
    """Everything about the data as a whole. ``check_source``: (connector, options) -> errors."""
    yield from _secrets(data)
    yield from _times(data, now)
    brands = list(_items(data, "brands"))
    yield from _twice([(("brands", n), brand.get("slug")) for n, brand in brands], "slug")
    for number, brand in brands:
        loc: Loc = ("brands", number)
        yield from _brand(loc, brand, data)
        sources = list(_items(brand, "sources"))
        named = [((*loc, "sources", n), source.get("name")) for n, source in sources]
        yield from _twice(named, "name")
        for place, source in sources:
            yield from _source((*loc, "sources", place), source, check_source)
    yield from _services(data, brands)
    yield from (Finding(loc, message) for loc, message in wrong_names(data))
    for key in ("people", "schedules"):
        yield from _twice([((key, n), item.get("slug")) for n, item in _items(data, key)], "slug")
    zones: list[tuple[Loc, Any]] = [
        ((key, number, "time_zone"), item.get("time_zone"))
        for key in ("schedules", "people")
        for number, item in _items(data, key)
    ]
    office: Loc = ("business_hours",)
    zones.append(((*office, "time_zone"), _dict(data.get("business_hours")).get("time_zone")))
    for at, zone in zones:
        if isinstance(zone, str) and zone and not _is_zone(zone):
            yield Finding(at, f"unknown time zone `{zone}`{_zone_meant(zone)}")
    for number, said in wrong_holidays(data, now):
        yield Finding((*office, "holidays", number), said)
    yield from _planned(_dict(data.get("rules")), [brand.get("slug") for _, brand in brands])


def playbook_checks(
    data: Mapping[str, Any],
    folder: Path,
    check_playbook: Callable[[str, str], list[tuple[int, str]]],
) -> Iterator[tuple[Path, int, str]]:
    """Every error inside the named playbook files, as (file, line, message)."""
    for name in _list(data.get("playbooks")):
        if isinstance(name, str) and name:
            file = folder / name
            try:
                for line, message in check_playbook(read_text(file), str(file)):
                    yield file, line, message
            except NotYaml as error:
                yield file, error.line, f"{error} (a playbook that the config names)"


def _brand(loc: Loc, brand: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[Finding]:
    query = brand.get("query")
    if isinstance(query, str):
        yield from _query((*loc, "query"), query, brand.get("name"))
    zone = brand.get("time_zone")
    if isinstance(zone, str) and not _is_zone(zone):
        yield Finding((*loc, "time_zone"), f"unknown time zone `{zone}`{_zone_meant(zone)}")
    locale = brand.get("language")
    if isinstance(locale, str) and re.fullmatch(r"[a-z]{2,3}(_[A-Z]{2})?", locale):
        yield from _locale((*loc, "language"), locale)
    for number, code in enumerate(_list(brand.get("languages"))):
        if isinstance(code, str) and code not in _languages():
            hint = " (Indonesian is `id`)" if code in ("in", "ind") else ""
            yield Finding(
                (*loc, "languages", number),
                f"unknown language code `{code}`{hint}; write it as id, en, jv, su …",
            )
    playbooks = {Path(n).stem for n in _list(data.get("playbooks")) if isinstance(n, str)}
    playbooks |= {path.stem for path in shipped("playbooks").glob("*.yaml")}
    asked: list[tuple[Loc, Any]] = [((*loc, "playbook"), brand.get("playbook"))]
    chosen = enumerate(_list(brand.get("playbooks")))
    asked += [((*loc, "playbooks", number), name) for number, name in chosen]
    for place, playbook in asked:
        if isinstance(playbook, str) and playbook not in playbooks:
            yield Finding(
                place,
                f"there is no playbook `{playbook}`; name its file under `playbooks:` "
                f"({playbook}.yaml), or take `default`",
            )
    yield from _recipients((*loc, "digest", "to"), brand, data)


def _query(loc: Loc, text: str, name: Any) -> Iterator[Finding]:
    try:
        query = parse(text)
    except QueryProblem as error:
        yield Finding(loc, str(error))
        return
    for said in doubtful_words(text):
        yield Finding(loc, said, warning=True)
    tag = _unheard_tag(query, name) if isinstance(name, str) else ""
    if tag:
        message = (
            f"{name} is heard, but not where it is written as a hashtag; "
            f"add `OR #{tag}`, and `OR #boikot{tag}` for those who call for a boycott by it"
        )
        yield Finding(loc, message, warning=True)


def _unheard_tag(query: Query, name: str) -> str:
    """The hashtag of a brand of several words, where its query hears the words and not the tag."""
    words = normalise(name).split()
    tag = "".join(filter(is_word, "".join(words)))
    texts = [leaf for leaf in leaves(query.root) if not isinstance(leaf, Field)]
    named = any(pattern_of(leaf).found_in(" ".join(words)) for leaf in texts)
    heard = any(pattern_of(leaf).found_in(f"#{tag}") for leaf in texts)
    return tag if len(words) > 1 and tag and named and not heard else ""


def _recipients(loc: Loc, brand: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[Finding]:
    recipients = _list(_dict(brand.get("digest")).get("to"))
    for number, address in enumerate(recipients):
        if isinstance(address, str) and not ADDRESS.fullmatch(address):
            yield Finding((*loc, number), "must be an e-mail address, such as team@example.com")
    if recipients and _dict(data.get("email")).get("enabled") is not True:
        message = "nobody gets this digest, because `email:` is not enabled"
        yield Finding(loc, message, warning=True)


def _source(
    loc: Loc,
    source: Mapping[str, Any],
    check_source: Callable[[str, Mapping[str, Any]], list[tuple[str, str]]],
) -> Iterator[Finding]:
    connector, options = source.get("connector"), source.get("options", {})
    if isinstance(connector, str) and isinstance(options, dict):
        for path, message in check_source(connector, options):
            parts = (int(part) if part.isdigit() else part for part in path.split(".") if part)
            yield Finding((*loc, *parts), message)


def _services(
    data: Mapping[str, Any], brands: list[tuple[int, dict[str, Any]]]
) -> Iterator[Finding]:
    slack = _dict(data.get("slack"))
    if slack.get("enabled") is True and not slack.get("channel"):
        without = [str(b.get("slug")) for _, b in brands if not b.get("slack_channel")]
        if without or not brands:
            whose = f" (for {', '.join(without)})" if without else ""
            yield Finding(
                ("slack",),
                f"Slack is enabled and no channel is named{whose}; add `channel: '#brand-crisis'`",
            )
    for loc in (("web", "public_url"), ("slack", "base_url")):
        url = _dict(data.get(loc[0])).get(loc[1])
        if isinstance(url, str) and url and not _is_web(url):
            yield Finding(loc, "must be a web address, such as https://siaga.example.com")
    base = slack.get("base_url")
    if isinstance(base, str) and _is_web(base) and not _is_private(base):
        yield Finding(
            ("slack", "base_url"),
            "the token would go over the network in the clear; write https:// (plain http only "
            "to this machine)",
        )
    storage = _dict(data.get("storage")).get("url")
    if isinstance(storage, str):
        yield from _storage(("storage", "url"), storage)


def _planned(rules: Mapping[str, Any], slugs: list[Any]) -> Iterator[Finding]:
    for key in ("events", "calendars"):
        for number, planned in _items(rules, key):
            for place, slug in enumerate(_list(planned.get("brands"))):
                if slug not in slugs:
                    where: Loc = ("rules", key, number, "brands", place)
                    yield Finding(where, f"there is no brand `{slug}`")


def _storage(loc: Loc, url: str) -> Iterator[Finding]:
    if not re.match(r"(sqlite|postgresql)(\+\w+)?://", url):
        yield Finding(loc, "must be sqlite:///file.db or postgresql://user@host/database")
    elif not _has_port(url):
        yield Finding(loc, "the port must be a number: postgresql://user@host:5432/database")
    elif re.match(r"\w+(\+\w+)?://[^/@]*:[^/@]+@", url) or re.search(r"[?&]pass\w*=", url):
        yield Finding(
            loc,
            "the password stands in the config; better set SIAGA_DATABASE_URL (or its _FILE)",
            warning=True,
        )


def _secrets(data: Mapping[str, Any]) -> Iterator[Finding]:
    for loc, value in walk(data):
        if any(isinstance(part, str) and is_token(part) for part in (value, *loc)):
            yield Finding(
                loc,
                "this looks like a secret, and secrets never stand in the config: take it out, "
                "set the environment variable (or its _FILE) instead, and have it replaced if "
                "this file was ever shared",
            )


def _times(data: Mapping[str, Any], now: datetime) -> Iterator[Finding]:
    """Times without a zone or yet to come, and intervals of no length."""
    for loc, value in walk(data):
        if loc[-1] == "covered_from" and "options" not in loc:
            if not isinstance(value, str) or not _is_time(value):
                yield Finding(loc, "must be a time with its zone, such as 2026-03-01T00:00Z")
            elif _is_naive(value):
                day = value if re.search(r"[T ]\d", value) else f"{value}T00:00"
                yield Finding(
                    loc, f"says no time zone; write {day}Z for UTC or {day}+07:00 for Jakarta"
                )
            elif datetime.fromisoformat(value) > now:
                message = "is yet to come, so it is passed over; write when collection began"
                yield Finding(loc, message, warning=True)
        elif loc[-1] in ("every", "timeout") and "options" not in loc and _is_nothing(value):
            yield Finding(loc, "must be longer than 0s")


def _locale(loc: Loc, locale: str) -> Iterator[Finding]:
    try:
        known = locale not in ("in", "ind") and bool(Locale.parse(locale))
    except (UnknownLocaleError, ValueError):
        known = False
    if not known:
        hint = " (Indonesian is `id`)" if locale in ("in", "ind") else ""
        yield Finding(loc, f"unknown language `{locale}`{hint}; write en, id …")
        return
    language = locale.partition("_")[0]
    folder = Path(__file__).resolve().parent.parent.parent / "alerting" / "locale" / language
    if language != "en" and not folder.is_dir():
        message = f"there is no translation into `{locale}` yet; alerts will be in English"
        yield Finding(loc, message, warning=True)


@functools.cache
def _languages() -> frozenset[str]:
    codes = map(str, Locale("en").languages)
    return frozenset(code for code in codes if re.fullmatch("[a-z]{2,3}", code))


def _twice(named: list[tuple[Loc, Any]], key: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for loc, name in named:
        if not isinstance(name, str):
            continue
        if name in seen:
            yield Finding((*loc, key), f"`{name}` is taken by an earlier one; give each its own")
        seen.add(name)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return False
    return True


def _zone_meant(name: str) -> str:
    zones = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
    zones |= {zone.rpartition("/")[2].lower(): zone for zone in sorted(available_timezones())}
    wanted = name.rpartition("/")[2]
    close = [wanted] if wanted in zones else difflib.get_close_matches(wanted.lower(), zones, 1)
    return f"; did you mean `{zones[close[0]]}`?" if close else "; write it as Asia/Jakarta"


def _is_time(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_naive(value: str) -> bool:
    return datetime.fromisoformat(value).tzinfo is None


def _is_nothing(value: object) -> bool:
    try:
        return not parse_duration(value)
    except (ValueError, OverflowError):
        return False


def _has_port(url: str) -> bool:
    """Whether the part of a URL that is to be a port is one, or there is none."""
    try:
        return urlsplit(url).port is None or url.startswith("postgresql")
    except ValueError:
        return False


def _is_private(url: str) -> bool:
    """Whether nobody on the way can read what is sent there."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in ("localhost", "127.0.0.1", "::1")


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in url
    except ValueError:
        return False


def _items(data: Mapping[str, Any], key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, item in enumerate(_list(data.get(key))):
        if isinstance(item, dict):
            yield number, item


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}

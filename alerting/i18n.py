"""Words, numbers and times in a reader's language and zone.

The English text is the msgid; another language is one file,
``locale/<language>/LC_MESSAGES/siaga.po``, compiled in memory when it is first used. Connectors
speak English only; what they say of a failure is found again among the templates of
``reasons.po``, values in their places, and what is wrong with a file among those of
``problems.po``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from itertools import chain
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

FOLDER = Path(__file__).parent / "locale"
DOMAIN = "siaga"

HOLE = re.compile(r"\{(\w+)\}")
"""Where a value goes."""


@cache
def languages() -> tuple[str, ...]:
    """English and every language there is a file for."""
    return ("en", *sorted(path.name for path in FOLDER.iterdir() if path.is_dir()))


@cache
def translator(locale: str) -> NullTranslations:
    """The translations for ``id`` or ``id_ID``; English for a language there is no file for."""
    for name in (locale, locale.partition("_")[0]):
        path = FOLDER / name / "LC_MESSAGES" / f"{DOMAIN}.po"
        if path.is_file():
            with path.open("rb") as source:
                catalog = read_po(source, locale=name, domain=DOMAIN)
            compiled = BytesIO()
            write_mo(compiled, catalog)
            compiled.seek(0)
            return GNUTranslations(compiled)
    return NullTranslations()


ALSO = " — also: "
"""Between several reasons in one."""


@cache
def _templates(locale: str, domain: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """English sentences as patterns, each with its translation; those with most words of their own
    first."""
    for name in (locale, locale.partition("_")[0]):
        path = FOLDER / name / "LC_MESSAGES" / f"{domain}.po"
        if path.is_file():
            with path.open("rb") as source:
                found = [(str(m.id), str(m.string)) for m in read_po(source) if m.id and m.string]
            # several reasons are taken apart first: a value of one would reach into the next
            found.sort(
                key=lambda pair: (
                    ALSO not in pair[0],
                    -len(HOLE.sub("", pair[0])),
                    -pair[0].count("{"),
                )
            )
            return tuple((_pattern(template), told) for template, told in found)
    return ()


def _pattern(template: str) -> re.Pattern[str]:
    """A value right behind another is something added to it, or nothing; ``{digits}`` is a number,
    for sentences so short that any other would end like them. A value that a sentence begins with
    holds no ``: ``: what is before that is the place of another sentence."""
    parts = HOLE.split(template)
    begins = r"(?:(?!: ).)*?" if not parts[0] and ALSO not in template else ".*?"
    values = (
        re.escape(part)
        if n % 2 == 0
        else r"(?P<digits>[\d.,]+)"
        if part == "digits"
        else f"(?P<{part}>{begins if n == 1 else '.*?'})"
        if n == 1 or parts[n - 1]
        else f"(?P<{part}>(?:; .*| [(].*)?)"
        for n, part in enumerate(parts)
    )
    return re.compile("".join(values), re.DOTALL)


def _filled(values: Mapping[str, str], hole: re.Match[str]) -> str:
    return values.get(hole[1], hole[0])


@cache
def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


@dataclass(frozen=True, slots=True)
class Localizer:
    """How one reader is spoken to: ``locale`` as in the config, ``zone`` an IANA name.

    ``_`` and ``n_`` take values by name and put them in after translating, so that a value is
    never taken for a template.
    """

    locale: str = "en"
    zone: str = "UTC"

    def _(self, text: str, **values: object) -> str:
        """The text in this language."""
        return translator(self.locale).gettext(text).format(**values)

    def n_(self, one: str, many: str, count: float, **values: object) -> str:
        """The form for ``count``; ``{n}`` in the text is the count, written as here."""
        # 1.5 is many: plural rules speak of whole numbers
        whole = int(count) if count == int(count) else int(count) + 2
        chosen = translator(self.locale).ngettext(one, many, whole)
        return chosen.format(n=self.number(count), **values)

    def reason(self, text: str, depth: int = 6) -> str:
        """What a connector said of a failure, in this language; as it is where that is a
        platform's own words. Reasons may be parts of reasons."""
        return self._again(text, ("reasons",), depth)

    def problem(self, text: str) -> str:
        """What somebody is told who has to mend something, a line each, in this language. Places
        before a sentence (``siaga.yaml:3: brands``) stay."""
        return "\n".join(map(self._mended, text.split("\n")))

    def _mended(self, line: str) -> str:
        if (told := self._again(line, ("problems", "reasons"))) != line:
            return told
        place, colon, rest = line.partition(": ")
        return f"{place}{colon}{self._mended(rest)}" if colon else line

    def _again(self, text: str, domains: tuple[str, ...], depth: int = 6) -> str:
        """An English sentence found again among the templates, its values in their places."""
        if not depth or not text.strip():
            return text
        for pattern, template in chain(*(_templates(self.locale, name) for name in domains)):
            if (match := pattern.fullmatch(text)) is None:
                continue
            values = {
                name: self._again(value, domains, depth - 1)
                for name, value in match.groupdict().items()
            }
            # other braces are the sentence's own: `slack: {enabled: true}`
            told = HOLE.sub(partial(_filled, values), template)
            if told != text:
                return told
        return text

    def parts(self, text: str, **values: object) -> tuple[str | datetime, ...]:
        """The text in this language, with its times left as times, for whoever shows them in each
        reader's own zone."""
        found: list[str | datetime] = []
        for words, name, _, _ in Formatter().parse(translator(self.locale).gettext(text)):
            found += [words] if words else []
            if name:
                value = values[name]
                found.append(value if isinstance(value, datetime) else str(value))
        return tuple(found)

    def number(self, value: float) -> str:
        """``1,234`` or ``1.234``; one decimal below ten, none above."""
        digits = "#,##0" if abs(value) >= 10 or value == int(value) else "#,##0.#"
        return str(format_decimal(value, format=digits, locale=_locale(self.locale)))

    def percent(self, share: float) -> str:
        """``61%`` for 0.61."""
        return str(format_percent(share, format="#,##0%", locale=_locale(self.locale)))

    def local(self, at: datetime) -> datetime:
        """The same moment in the reader's zone."""
        return at.astimezone(ZoneInfo(self.zone))

    def time(self, at: datetime) -> str:
        """``14:02``."""
        return self.local(at).strftime("%H:%M")

    def clock(self, at: datetime) -> str:
        """``14:02 WIB``, or ``14:02 UTC+07`` where a zone has no short name of its own."""
        here = self.local(at)
        zone = here.tzname() or ""
        named = f"UTC{zone}" if zone[:1] in ("+", "-") else zone
        return f"{here:%H:%M} {named}".rstrip()

    def date(self, at: datetime) -> str:
        """``22 Feb 2015``."""
        return str(format_datetime(self.local(at), "d MMM y", locale=_locale(self.locale)))

    def day(self, at: datetime) -> str:
        """``Sun 22 Feb 2015``."""
        return str(format_datetime(self.local(at), "EEE d MMM y", locale=_locale(self.locale)))

    def weekday(self, at: datetime) -> str:
        """``Sun 22 Feb 14:02``."""
        return str(format_datetime(self.local(at), "EEE dd MMM HH:mm", locale=_locale(self.locale)))

    def moment(self, at: datetime, now: datetime) -> str:
        """``14:02 WIB`` today, else ``22 Feb, 14:02 WIB``, with the year where it is another."""
        here, there = self.local(at), self.local(now)
        clock = self.clock(at)
        if here.date() == there.date():
            return clock
        day = "d MMM" if here.year == there.year else "d MMM y"
        return f"{format_datetime(here, day, locale=_locale(self.locale))}, {clock}"

    def duration(self, span: timedelta) -> str:
        """``43 min``, ``1 h 20 min``, ``2 days 3 h``: the two largest units that matter."""
        minutes = max(0, round(span.total_seconds() / 60))
        if minutes == 0:
            return self._("less than a minute")
        days, rest = divmod(minutes, 1440)
        hours, minutes = divmod(rest, 60)
        parts = [
            self.n_("{n} day", "{n} days", days) if days else "",
            self._("{n} h", n=hours) if hours else "",
            self._("{n} min", n=minutes) if minutes and not days else "",
        ]
        return " ".join(part for part in parts if part)

"""Words, numbers and times in a reader's language and zone.

The English text is the msgid; another language is one file,
``locale/<language>/LC_MESSAGES/siaga.po``, compiled in memory when it is first used. Connectors
speak English only; what they say of a failure is found again among the templates of
``reasons.po``, values in their places.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
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
def _reasons(locale: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The sentences of connectors as patterns, each with its translation; those with most words of
    their own first."""
    for name in (locale, locale.partition("_")[0]):
        path = FOLDER / name / "LC_MESSAGES" / "reasons.po"
        if path.is_file():
            with path.open("rb") as source:
                found = [(str(m.id), str(m.string)) for m in read_po(source) if m.id and m.string]
            # several reasons are taken apart first: a value of one would reach into the next
            found.sort(
                key=lambda pair: (ALSO not in pair[0], -len(re.sub(r"\{\w+\}", "", pair[0])))
            )
            return tuple((_pattern(template), told) for template, told in found)
    return ()


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    values = (f"(?P<{part}>.*?)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
    return re.compile("".join(values), re.DOTALL)


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
        for pattern, template in _reasons(self.locale) if depth and text.strip() else ():
            if (match := pattern.fullmatch(text)) is None:
                continue
            values = {
                name: self.reason(value, depth - 1) for name, value in match.groupdict().items()
            }
            if (told := template.format(**values)) != text:
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

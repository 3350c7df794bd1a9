"""One brand's week as an e-mail. Pure: facts in, ``Notice`` out, in the brand's language and zone.

What was not seen is never shown as calm: a day with a gap says so, and a week of which less than
half was seen gets no verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from math import sqrt
from statistics import median
from typing import Any

from babel.dates import format_date

from alerting.channels.email.text import environment
from alerting.channels.email.week import ENOUGH, Day, DigestIncident, Totals, Week
from alerting.channels.labels import byline, quoted
from alerting.i18n import Localizer
from alerting.messages.wording import how_far, platform_name, risk_name, state_word
from alerting.model import Notice
from monitor.model import BLINDNESS

LOUDER, QUIETER, MOOD = 1.5, 0.67, 0.05
"""How far from the four-week median a week is called loud or quiet, and its mood changed."""

MAX_PLATFORMS = 5
"""So many rows say where people wrote; the last counts what would not fit."""

MAX_INCIDENTS = 40
"""So many incidents are listed, the worst; how many are not is said. Mail programs cut what is
long, at some 100 kB."""

NEARLY_ALL = 0.95
"""Least part of two weeks that must have been seen to set their counts against each other."""


def notice(week: Week) -> Notice:
    """The e-mail: HTML, and text that is complete by itself. Its quotes are listed beside it, so
    that what is removed before it is sent can be taken out."""
    say = week.localizer
    span = _span(week)
    headline = say._("{brand}: week of {span}", brand=week.brand, span=span)
    found = verdict(week)
    if week.corrects:
        headline = say._("Correction: {headline}", headline=headline)
        found = say._(
            "We had written: “{said}” What came in late changes that: {found}",
            said=week.corrects,
            found=found,
        )
    quotes = [replace(quote, text=quoted(quote)) for quote in week.quotes]
    parts: dict[str, Any] = {
        "lang": say.locale[:2],
        "headline": headline,
        "verdict": found,
        "key": week.key,
        "kpis": _kpis(week),
        "days": _days(week),
        "incidents": _incidents(week),
        "more": _more(week),
        "coverage": _coverage(week),
        "ready": week.ready.lines(say),
        "platforms": _platforms(week),
        "quotes": [(quote.text, byline(quote, say), quote.url) for quote in quotes],
        "link": week.link,
        "words": _words(say),
        "gappy": week.seen < 1.0 or not week.sources,
    }
    html = environment().get_template("digest.html").render(parts)
    text = environment().get_template("digest.txt").render(parts)
    made = Notice("digest", headline, text, html=html, link=week.link)
    return replace(made, quotes=tuple(quotes), locale=say.locale, zone=say.zone)


def judged(week: Week) -> str:
    """How the week compares, whatever became of its incidents since: what a correction is about."""
    if not week.sources or week.seen < ENOUGH:
        return "unseen"
    if week.comparable.seen < ENOUGH:
        return "partly seen"
    return _compared(week, calm=True)


def verdict(week: Week) -> str:
    """The week in a sentence or two."""
    say = week.localizer
    if not week.sources or week.seen < ENOUGH:
        return say._("Less than half of this week was seen; nobody can say how calm it was.")
    crises = [i for i in week.paged if i.risk_class != "blindness"]
    still = [i for i in crises if i.state != "resolved"]
    said = []
    if still:
        said.append(
            say.n_(
                "{n} incident is still going on.", "{n} incidents are still going on.", len(still)
            )
        )
    elif crises:
        said.append(
            say.n_(
                "A week with {n} incident, now over.",
                "A week with {n} incidents, all over.",
                len(crises),
            )
        )
    if week.comparable.seen < ENOUGH:
        said.append(
            say._(
                "For more than half of this week not every source was heard: it cannot be compared."
            )
        )
        return " ".join(said)
    said.append(_compared(week, calm=not crises))
    if week.left_out and _known(week):
        said.append(_left_out(week))
    elif week.seen < 1.0:
        said.append(say._("Parts of it were not seen."))
    return " ".join(said)


def _compared(week: Week, *, calm: bool) -> str:
    say = week.localizer
    if not week.before:
        return say._("The first week: there is nothing to compare it with yet.")
    known = _known(week)
    if not known:
        return say._("The weeks before were hardly seen: there is nothing to compare it with.")
    usual = median(total.whole for total in known)
    shares = [total.share for total in known if total.share is not None]
    now = week.comparable
    change = now.share - median(shares) if now.share is not None and shares else 0.0
    if change > MOOD:
        return say._("The mood was worse than in the weeks before.")
    if now.whole > LOUDER * max(usual, 1):
        return say._("Louder than usual, in a usual mood.")
    if now.whole < QUIETER * usual:
        return say._("Quieter than usual.")
    return say._("A calm week.") if calm else say._("Volume and mood were otherwise as usual.")


def _left_out(week: Week) -> str:
    return week.localizer._(
        "Compared without {platforms}: not heard for more than half of this week or of those"
        " before.",
        platforms=_left_out_names(week),
    )


def _left_out_names(week: Week) -> str:
    return ", ".join(platform_name(name) for name in week.left_out)


def _known(week: Week) -> list[Totals]:
    """The weeks before of which enough was seen."""
    return [total for total in week.before if total.seen >= ENOUGH]


def _span(week: Week) -> str:
    say = week.localizer
    return f"{say.date(week.start)} – {say.date(week.end - timedelta(minutes=1))}"


def _change(say: Localizer, value: float, base: float) -> str:
    if not base:
        return say.number(value)
    share = value / base - 1
    return ("+" if share > 0 else "−" if share < 0 else "±") + say.percent(abs(share))


def _kpis(week: Week) -> list[tuple[str, str, list[str]]]:
    """Label, value and notes of the three numbers."""
    say, now, before = week.localizer, week.comparable, week.before
    volume: list[str] = []
    if before and min(now.seen, before[0].seen) >= NEARLY_ALL:
        since = _change(say, now.mentions, before[0].mentions)
        volume.append(say._("{change} on the week before", change=since))
    if known := _known(week):
        usual = median(total.whole for total in known)
        volume.append(say._("usual: {n}", n=say.number(round(usual))))
    if volume and week.left_out:
        kept = say.number(round(now.mentions))
        volume.append(
            say._("compared without {platforms}: {n}", platforms=_left_out_names(week), n=kept)
        )
    mood, value = _mood(week)
    waits = [i.acknowledged_at - i.opened_at for i in week.paged if i.acknowledged_at]
    count, watches = len(week.paged), len(week.incidents) - len(week.paged)
    if waits:
        answered = [say._("acknowledged after {span} (median)", span=say.duration(_median(waits)))]
    else:
        answered = [say._("nobody acknowledged any")] if count else []
    if watches:
        answered.append(
            say.n_(
                "and {n} watch, which named nobody", "and {n} watches, which named nobody", watches
            )
        )
    return [
        (say._("Mentions"), say.number(round(week.totals.mentions)), volume),
        (say._("Negative"), value, mood),
        (say._("Incidents"), say.number(count), answered),
    ]


def _median(spans: Sequence[timedelta]) -> timedelta:
    return timedelta(seconds=median(span.total_seconds() for span in spans))


def _mood(week: Week) -> tuple[list[str], str]:
    say, share = week.localizer, week.totals.share
    if share is None:
        return [say._("nothing to go by")], "–"
    around = 1.96 * sqrt(share * (1 - share) / week.totals.scored)
    notes = [
        say._(
            "±{points} points, from {n} texts",
            points=say.number(round(100 * around, 1)),
            n=say.number(round(week.totals.scored)),
        )
    ]
    last = week.before[0].share if week.before and week.before[0].seen >= ENOUGH else None
    if last is not None and week.comparable.share is not None:
        points = round(100 * (week.comparable.share - last), 1)
        sign = "+" if points > 0 else "−" if points < 0 else "±"
        notes.append(
            say._("{change} points on the week before", change=sign + say.number(abs(points)))
        )
    return notes, say.percent(share)


def _days(week: Week) -> list[dict[str, Any]]:
    """Rows of the chart: widths in per cent of the loudest day's."""
    say = week.localizer
    top = max([day.totals.mentions for day in week.days] + [1])
    rows = []
    for day in week.days:
        share = day.totals.share
        width = round(100 * day.totals.mentions / top)
        negative = round(width * (share or 0))
        rows.append(
            {
                "label": format_date(day.day, "EEE d MMM", locale=say.locale),
                "mentions": say.number(round(day.totals.mentions)),
                "share": say.percent(share) if share is not None else "–",
                "negative": negative,
                "rest": width - negative,
                "blank": 100 - width,
                "unseen": ", ".join(_missing(day, say)),
            }
        )
    return rows


def _missing(day: Day, say: Localizer) -> list[str]:
    found = []
    if day.unseen:
        found.append(say._("{span} not seen", span=say.duration(day.unseen)))
    if day.partly:
        found.append(say._("{span} seen in part", span=say.duration(day.partly)))
    return found


def _incidents(week: Week) -> list[dict[str, str]]:
    say = week.localizer
    rows = []
    listed = (*week.paged, *(i for i in week.incidents if i.watch))
    worst = sorted(range(len(listed)), key=lambda n: (listed[n].watch, listed[n].severity, n))
    for told in (listed[n] for n in sorted(worst[:MAX_INCIDENTS])):
        title, about = risk_name(say, told.risk_class), ", ".join(told.words) or told.subject
        how = (*_course(told, week), state_word(say, told.state), _answered(told, say))
        rows.append(
            {
                "number": str(told.number),
                "severity": told.severity,
                "title": f"{title}: {about}" if about else title,
                "when": say.moment(told.since or told.opened_at, week.end),
                "how": " · ".join(part for part in how if part),
            }
        )
    return rows


def _more(week: Week) -> str:
    left = len(week.incidents) - MAX_INCIDENTS
    say = week.localizer
    return (
        say._("… and {count} more; see `siaga incident list`", count=say.number(left))
        if left > 0
        else ""
    )


def _course(told: DigestIncident, week: Week) -> tuple[str, str]:
    """How long it went on, and how high it went."""
    say, began = week.localizer, told.since or told.opened_at
    ended = told.resolved_at
    span = say.duration((ended or week.end) - began)
    lasted = say._("lasted {span}", span=span) if ended else say._("{span} so far", span=span)
    height = how_far(say, told.peak) if told.peak and told.risk_class != BLINDNESS else ""
    return lasted, height


def _answered(told: DigestIncident, say: Localizer) -> str:
    """Who was told, and how soon somebody acknowledged."""
    if told.acknowledged_at:
        spent = say.duration(told.acknowledged_at - told.opened_at)
        answered = say._("acknowledged after {span}", span=spent)
    elif told.watch:
        answered = say._("a watch: nobody was named")
    else:
        answered = say._("not acknowledged")
    return f"{answered} · {say._('shadow: nobody was told')}" if told.shadow else answered


def _coverage(week: Week) -> list[str]:
    say = week.localizer
    if not week.sources:
        return [say._("No source was listening.")]
    lines = [say._("{share} of the sources' time was seen.", share=say.percent(_floor(week.seen)))]
    lines += [
        say._(
            "{source} is missing in parts, last since {when}.",
            source=name,
            when=say.moment(since, week.end),
        )
        for name, since in week.silent
    ]
    lines += [
        say._(
            "{source} is listened to since {when}.", source=name, when=say.moment(since, week.end)
        )
        for name, since in week.joined
    ]
    return lines


def _floor(share: float) -> float:
    """Never 100 % where something is missing."""
    return share if share >= 1.0 else min(share, 0.99)


def _platforms(week: Week) -> list[tuple[str, str, str]]:
    say, total = week.localizer, max(1.0, sum(count for _, count in week.platforms))
    ordered: Sequence[tuple[str, float]] = sorted(week.platforms, key=lambda item: -item[1])
    rows = [(platform_name(name), count) for name, count in ordered]
    if len(rows) > MAX_PLATFORMS:
        rest = rows[MAX_PLATFORMS - 1 :]
        title = say.n_("{n} other platform", "{n} other platforms", len(rest))
        rows = [*rows[: MAX_PLATFORMS - 1], (title, sum(count for _, count in rest))]
    return [(name, say.number(round(n)), say.percent(n / total)) for name, n in rows]


def _words(say: Localizer) -> dict[str, str]:
    return {
        "days": say._("Volume and mood by day"),
        "incidents": say._("Incidents"),
        "none": say._("No incident."),
        "coverage": say._("What was seen"),
        "ready": say._("Ready for the next one?"),
        "platforms": say._("Where people wrote"),
        "quotes": say._("What people wrote"),
        "mentions": say._("Mentions"),
        "negative": say._("Negative"),
        "open": say._("Open in Siaga"),
        "nothing": say._("Nobody wrote about the brand."),
    }

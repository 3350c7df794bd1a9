"""The page's content: an ``Overview`` put into words. No database, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from babel import negotiate_locale
from jinja2 import Environment, PackageLoader, select_autoescape

from alerting.channels.labels import marked, when_written
from alerting.channels.sanitize import clean, host_of, one_line, safe_url
from alerting.i18n import Localizer, languages
from alerting.messages.codec import unpack
from alerting.messages.wording import platform_name, standing_word, subject_word
from alerting.model import Notice
from monitor.jobs.views.listening import Listening
from monitor.jobs.views.overview import BrandView, Overview
from monitor.jobs.views.troubles import advice, troubles
from monitor.store.overview import ShownIncident
from monitor.store.own_content import ShownStanding
from monitor.store.source_state import SourceState
from monitor.web.heard import HIGH, WIDE, by_source, day, latest


def language_of(accept: str) -> str:
    """The best language of ours for an ``Accept-Language`` header; English for none."""
    wanted = []
    for part in accept.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), tag.replace("-", "_")))
        except ValueError:
            continue
    ordered = [tag for weight, tag in sorted(wanted, key=lambda w: w[0]) if weight]
    return negotiate_locale(ordered, languages()) or "en"


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("monitor.web"),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["marked"] = marked
    return made


def render(
    view: Overview,
    found: Listening,
    fresh: Mapping[int, Notice],
    status: Mapping[str, Any],
    language: str,
    *,
    replay: bool,
) -> str:
    """The page as HTML, every text from outside escaped. ``fresh``: incidents as they stand now."""
    zones = {brand.slug: brand.time_zone for brand in view.brands}
    names = {brand.slug: brand.name for brand in view.brands}
    zone = next(iter(zones.values()), "UTC")
    say = Localizer(language, zone)

    def of(brand: str) -> Localizer:
        return Localizer(language, zones.get(brand, zone))

    brought = by_source(view, found, say)
    return (
        _templates()
        .get_template("page.html")
        .render(
            _settled(view, status, say, language, replay=replay),
            incidents=[_incident(i, fresh.get(i.id), names, of(i.brand), view) for i in view.open],
            over=[_over(i, names, of(i.brand), view) for i in view.over[:8]],
            brands=[_brand(brand, of(brand.slug), view, found) for brand in view.brands],
            sources=[_source(one, names, of(one.brand), view, brought) for one in view.sources],
            standings=[_standing(one, names, of(one.brand), view) for one in view.standings],
            latest=latest(found, names, say, view.now),
        )
    )


def _settled(
    view: Overview, status: Mapping[str, Any], say: Localizer, language: str, *, replay: bool
) -> dict[str, Any]:
    """What is no list of something."""
    grave, notes = troubles(view, status, say, listed=False)
    return {
        "language": language,
        "_": say._,
        "say": say,
        "wide": WIDE,
        "high": HIGH,
        "now": say.moment(view.now, view.wall),
        "replay": replay,
        "grave": grave,
        "command": view.command,
        "notes": [*notes, *advice(view, say)],
        "not_shown": _not_shown(view, say),
        "count": view.open_count,
        "waiting": _waiting(view, say),
        "failures": view.outbox.failures,
    }


def render_problem(problem: str, language: str) -> str:
    """The page where nothing can be read: the one sentence why."""
    return (
        _templates()
        .get_template("problem.html")
        .render(language=language, _=Localizer(language)._, problem=problem)
    )


def _not_shown(view: Overview, say: Localizer) -> str:
    """How many open incidents there are besides."""
    if not view.not_shown:
        return ""
    return say.n_(
        "{n} more is open, not shown here.", "{n} more are open, not shown here.", view.not_shown
    )


def _incident(
    incident: ShownIncident,
    fresh: Notice | None,
    names: Mapping[str, str],
    say: Localizer,
    view: Overview,
) -> dict[str, Any]:
    told = fresh or (unpack(incident.notice) if incident.notice else None)
    notice = _cleaned(told) if told else None
    return {
        "id": incident.id,
        "severity": incident.severity,
        "headline": notice.headline if notice else _untold(incident, names, say),
        "state": _state(incident, say, view),
        "waiting": incident.state == "open" and not incident.shadow,
        "notice": notice,
        "quotes": _quotes(notice, say, view) if notice else [],
        "since": say._("since {when}", when=say.moment(incident.since, view.now)),
    }


def _cleaned(notice: Notice) -> Notice:
    """Without the characters nobody sees, which reorder or hide what is written."""
    return replace(
        notice,
        headline=one_line(notice.headline),
        summary=clean(notice.summary),
        why=clean(notice.why),
        fields=tuple((one_line(label), clean(value)) for label, value in notice.fields),
    )


def _untold(incident: ShownIncident, names: Mapping[str, str], say: Localizer) -> str:
    brand = names.get(incident.brand, incident.subject or say._("every brand"))
    return f"{incident.severity} · {brand} · {incident.risk_class.replace('_', ' ')}"


def _state(incident: ShownIncident, say: Localizer, view: Overview) -> str:
    if incident.shadow:
        return say._("shadow: nobody was told")
    if incident.snoozed_until and incident.snoozed_until > view.now:
        return say._("snoozed until {when}", when=say.moment(incident.snoozed_until, view.now))
    if incident.state == "acknowledged":
        return say._("acknowledged by {who}", who=incident.acknowledged_by or "?")
    return say._("nobody has acknowledged it")


def _quotes(notice: Notice, say: Localizer, view: Overview) -> list[dict[str, str]]:
    return [
        {
            "text": clean(quote.text),
            "author": one_line(quote.author),
            "platform": one_line(platform_name(quote.platform)),
            "when": when_written(
                say.moment(quote.at, view.now) if quote.at else "", say, doubtful=quote.doubtful
            ),
            "url": (url := safe_url(quote.url)),
            "host": host_of(url),
        }
        for quote in notice.quotes
    ]


def _over(
    incident: ShownIncident, names: Mapping[str, str], say: Localizer, view: Overview
) -> dict[str, Any]:
    notice = unpack(incident.notice) if incident.notice else None
    ended = incident.resolved_at
    return {
        "id": incident.id,
        "severity": incident.severity,
        "headline": one_line(notice.headline) if notice else _untold(incident, names, say),
        "span": f"{say.moment(incident.since, view.now)} – "
        f"{say.moment(ended, view.now) if ended else ''}",
    }


def _brand(brand: BrandView, say: Localizer, view: Overview, found: Listening) -> dict[str, Any]:
    return {
        **day(found.hours.get(brand.slug, ()), say),
        "name": brand.name,
        "shadow": brand.mode == "shadow",
        "heard": say.moment(brand.closed_until, view.now) if brand.closed_until else "",
        "learning": say.moment(brand.learning_until, view.now) if brand.learning_until else "",
        "digest": say.moment(brand.digest_at, view.now) if brand.digest_at else "",
        "week": brand.digest_week,
    }


def _source(
    source: SourceState,
    names: Mapping[str, str],
    say: Localizer,
    view: Overview,
    brought: Mapping[int, str],
) -> dict[str, Any]:
    words = {
        "ok": say._("listening"),
        "degraded": say._("failing for now"),
        "blind": say._("blind"),
    }
    if source.recorded:
        words["ok"] = say._("a file: listed, not counted")
    return {
        "name": f"{source.connector}/{source.name}",
        "brand": names.get(source.brand, say._("every brand")),
        "brought": brought.get(source.id, ""),
        "health": source.health,
        "word": words.get(source.health, source.health),
        "since": say.moment(source.health_since, view.now) if source.health_since else "",
        "reason": say.reason(source.health_reason),
        "last": say.moment(source.polled_until, view.now) if source.polled_until else "",
        "unseen": say.percent(view.unseen[source.id]) if source.id in view.unseen else "",
        "unreadable": say.number(source.skipped) if source.skipped else "",
        "undated": say.number(source.undated) if source.undated else "",
        "empty": _never_shown(source, say, view.now),
    }


def _never_shown(source: SourceState, say: Localizer, now: datetime) -> str:
    if source.empty_since is None:
        return ""
    since = say.moment(source.empty_since, now)
    if source.empty == "search":
        return say._("its search has found nothing since {time}", time=since)
    return say._("it has not shown a single entry since {time}", time=since)


def _standing(
    standing: ShownStanding, names: Mapping[str, str], say: Localizer, view: Overview
) -> dict[str, Any]:
    url = safe_url(standing.url)
    return {
        "title": one_line(standing.title)[:120] or one_line(standing.subject),
        "kind": subject_word(say, standing.subject_kind),
        "platform": one_line(platform_name(standing.platform)),
        "brand": names.get(standing.brand, standing.brand),
        "word": standing_word(say, standing.state),
        "since": say.moment(standing.since, view.now),
        "reason": one_line(standing.reason),
        "url": url,
        "host": host_of(url),
    }


def _waiting(view: Overview, say: Localizer) -> str:
    counts = view.outbox.counts
    count = sum(counts.get(s, 0) for s in ("pending", "leased", "sending", "retry", "ambiguous"))
    if not count:
        return ""
    text = say.n_("{n} message waits to be sent", "{n} messages wait to be sent", count)
    if view.outbox.waiting_since is None:
        return text
    late = say.duration(view.wall - view.outbox.waiting_since)
    return f"{text} ({late}{': ' if view.outbox.last_error else ''}{view.outbox.last_error})"

"""Forms that a press opens: a reason, a note, a statement to copy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from alerting.channels.deadline import call_with_deadline
from alerting.decide.response import playbook_of
from alerting.i18n import Localizer
from alerting.messages.wording import platform_name
from alerting.model import Field, Form, Incident, Press
from alerting.playbook.schema import fill_in
from monitor.app import App
from monitor.jobs.exclusions import Proposal, proposals
from monitor.jobs.respond.routing import brand_name, localizer_for
from monitor.jobs.rota import names_of
from monitor.model import ALL, ANY, IncidentState
from monitor.settings.shipped import shipped
from monitor.store.incidents import read_incident

PATIENCE_S = 0.5
"""How long words are looked for before a press is taken without them."""


def form_for(app: App, press: Press) -> Form | None:
    """The form of a press that needs one; None for what is done as it is."""
    if press.action == "not_a_crisis" and press.value == "not_about_us":
        return _not_about_us(app, press)
    if press.value == "form" or press.action not in ("resolve", "note", "statement"):
        return None
    with app.db.read() as tx:
        incident = read_incident(tx, press.incident)
    if incident is None:
        return None
    say = localizer_for(app, incident.brand)
    if press.action == "statement":
        return _statements(app, press, incident, say)
    texts = ((f"{incident.severity} · {brand_name(app, incident.brand)}", ""),)
    fields = _resolving(say) if press.action == "resolve" else (Field("text", say._("Note")),)
    titles = {"resolve": say._("Resolve incident"), "note": say._("Add a note")}
    return _form(press, incident, titles[press.action], say, texts, fields)


def _not_about_us(app: App, press: Press) -> Form | None:
    """Which words give away that it was somebody else; None where none do, or where that takes too
    long: Slack lets a form be opened for three seconds, and the press must not be lost with it."""
    with app.db.read() as tx:
        incident = read_incident(tx, press.incident)
    if incident is None or incident.state == IncidentState.RESOLVED:
        return None
    try:
        found = call_with_deadline(PATIENCE_S, lambda: proposals(app, incident, app.now()))
    except TimeoutError:
        return None
    if not found:
        return None
    say = localizer_for(app, incident.brand)
    brand = brand_name(app, incident.brand)
    asked = say._(
        "Mentions with these words count for {brand} no more, unless they tell of a crisis. How "
        "many have them: of this incident, and of the others of the last 7 days.",
        brand=brand,
    )
    options = tuple((one.words, _cost(say, one)) for one in found)
    field = Field("exclude", say._("Leave out from now on"), options, optional=True)
    title, texts = say._("Not about us"), ((brand, asked),)
    shown = _form(press, incident, title, say, texts, (field,))
    return replace(shown, action="not_about_us")


def _cost(say: Localizer, one: Proposal) -> str:
    return say._(
        "“{words}”: {inside} of {of_inside}, {outside} of {of_outside} others",
        words=one.words,
        inside=say.number(one.inside),
        of_inside=say.number(one.of_inside),
        outside=say.number(one.outside),
        of_outside=say.number(one.of_outside),
    )


def _form(
    press: Press,
    incident: Incident,
    title: str,
    say: Localizer,
    texts: tuple[tuple[str, str], ...],
    fields: tuple[Field, ...],
) -> Form:
    return Form(
        press.action,
        title,
        say._("Save"),
        incident.id,
        press.revision,
        texts,
        fields,
        press.place,
    )


def _resolving(say: Localizer) -> tuple[Field, ...]:
    options = (
        (say._("We have answered publicly."), say._("We have answered publicly.")),
        (say._("The cause is mended."), say._("The cause is mended.")),
        (say._("It has died down by itself."), say._("It has died down by itself.")),
        (say._("Another reason"), say._("Another reason")),
    )
    return (
        Field("reason", say._("Why is it over?"), options),
        Field("text", say._("What should others know?"), optional=True),
    )


def _statements(app: App, press: Press, incident: Incident, say: Localizer) -> Form:
    """The approved words, a block for each platform, to be copied: Siaga publishes nothing. What it
    does not know is left to be filled in, and named."""
    today = say.local(app.now()).date()
    known, texts = _known_words(app, incident, say), []
    for name, statement in playbook_of(incident).policy.statements.items():
        approved = say._("approved by {role}", role=statement.approved_by)
        if statement.expires < today:
            approved = say._("NOT APPROVED any more since {day}", day=statement.expires.isoformat())
        words = statement.text
        for platform, text in words.items() if isinstance(words, dict) else (("", words),):
            named = platform_name(platform) if platform not in ("", "default") else ""
            filled, left = fill_in(text, {**known, "platform": named} if named else known)
            parts = [named, name, approved]
            parts += [say._("fill in: {places}", places=", ".join(left))] if left else []
            texts.append((" · ".join(part for part in parts if part), filled))
    return _form(press, incident, say._("Statement"), say, tuple(texts), ())


def _known_words(app: App, incident: Incident, say: Localizer) -> dict[str, str]:
    """What may be said for the places of a statement: what the config says, and what the incident
    does. The platform is known where only one is concerned."""
    platforms = {signal.platform for signal in incident.spoken()} - {ALL}
    known = {
        "brand": brand_name(app, incident.brand),
        "date": say.date(incident.since),
        "since": say.moment(incident.since, app.now()),
    }
    if len(platforms) == 1:
        known["platform"] = platform_name(platforms.pop())
    brand = app.brands.get(incident.brand)
    return known | (dict(brand.statement_words) if brand else {})


def drill_form(app: App, press: Press, say: Localizer) -> Form:
    """What a drill does, said before it is begun: which storm, whose people, for how long."""
    storms = sorted(path.stem for path in shipped("scenarios").glob("*.yaml"))
    lasts = ((f"{minutes}m", say.duration(timedelta(minutes=minutes))) for minutes in (30, 60, 120))
    warning = say._(
        "A made-up storm is played to the people on call: they are really paged. Every message "
        "says DRILL, nothing of it stays in what is usual, and a real incident ends it."
    )
    fields = (
        Field("scenario", say._("Which storm"), tuple((name, name) for name in storms)),
        Field("brand", say._("Whose people"), tuple((b.slug, b.name) for b in app.settings.brands)),
        Field("span", say._("At most for"), tuple(lasts)),
    )
    title, submit, texts = say._("Drill"), say._("Begin the drill"), ((warning, " "),)
    return Form("drill", title, submit, texts=texts, fields=fields, place=press.place)


SPANS = (timedelta(hours=4), timedelta(hours=12), timedelta(days=1), timedelta(days=7))


def swap_form(app: App, press: Press) -> Form | None:
    """Whose shifts somebody else takes, and for how long from now; None where nobody could."""
    people = tuple((slug, name or slug) for slug, name in names_of(app.settings).items())
    schedules = tuple((s.slug, s.slug) for s in app.settings.schedules)
    if len(people) < 2 or not schedules:
        return None
    say = localizer_for(app, ANY)
    spans = [(f"{int(span.total_seconds() // 60)}m", say.duration(span)) for span in SPANS]
    fields = (
        Field("schedule", say._("Rota"), schedules),
        Field("whose", say._("Whose shifts"), people),
        Field("other", say._("Who takes them"), people),
        Field("span", say._("From now on, for"), tuple(spans)),
        Field("text", say._("Why"), optional=True),
    )
    title, submit = say._("Swap shifts"), say._("Save")
    return Form("swap", title, submit, fields=fields, place=press.place)

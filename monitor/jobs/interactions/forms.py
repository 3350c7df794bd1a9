"""Forms that a press opens: a reason, a note, a statement to copy."""

from __future__ import annotations

from alerting.decide.response import playbook_of
from alerting.i18n import Localizer
from alerting.messages.wording import platform_name
from alerting.model import Field, Form, Incident, Press
from monitor.app import App
from monitor.jobs.respond.routing import brand_name, localizer_for
from monitor.store.incidents import read_incident


def form_for(app: App, press: Press) -> Form | None:
    """The form of a press that needs one; None for what is done as it is."""
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
    does not know is left to be filled in."""
    today = say.local(app.now()).date()
    brand, texts = brand_name(app, incident.brand), []
    for name, statement in playbook_of(incident).policy.statements.items():
        approved = say._("approved by {role}", role=statement.approved_by)
        if statement.expires < today:
            approved = say._("NOT APPROVED any more since {day}", day=statement.expires.isoformat())
        words = statement.text
        for platform, text in words.items() if isinstance(words, dict) else (("", words),):
            where = f"{platform_name(platform)} · " if platform not in ("", "default") else ""
            texts.append((f"{where}{name} · {approved}", text.replace("{{brand}}", brand)))
    return _form(press, incident, say._("Statement"), say, tuple(texts), ())

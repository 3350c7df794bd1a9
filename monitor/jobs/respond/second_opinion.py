"""A second opinion on the mentions of an open signal, where a transformer is configured."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from weakref import WeakKeyDictionary

from monitor.app import App
from monitor.enrich.sentiment.base import SentimentModel
from monitor.enrich.sentiment.transformer import TransformerProblem
from monitor.jobs.respond.context import EVIDENCE_FROM, message_context
from monitor.jobs.respond.render import card
from monitor.model import BLINDNESS, IncidentState, Language
from monitor.store import incidents as store
from monitor.store.mentions import StoredMention, evidence
from monitor.store.outbox import keys
from monitor.store.outbox.write import desire

log = logging.getLogger(__name__)

ASKED = 40
"""Mentions it is asked about at most: a second or two on a core."""

REMEMBERED = 2_000
"""Answers kept, so that a message that is brought up to date asks only about what is new."""

_answers: WeakKeyDictionary[SentimentModel, dict[str, bool]] = WeakKeyDictionary()


def add_second_opinion(app: App, incident_id: int, now: datetime) -> bool:
    """Show what the transformer says of an incident's latest mentions on its card, which was told
    without: it takes seconds, and nobody waits for it. Whether there was anything new."""
    if app.second is None:
        return False
    with app.db.read() as tx:
        incident = store.read_incident(tx, incident_id)
        if incident is None or not incident.told or incident.risk_class == BLINDNESS:
            return False
        spoken = incident.spoken()
        if incident.state == IncidentState.RESOLVED or not spoken:
            return False
        since = max(incident.since, now - EVIDENCE_FROM)
        lead = spoken[0].platform
        mentions = evidence(tx, incident.brand, lead, since, now, ASKED, "latest")
    said = second_opinion(app, incident.brand, mentions)
    if said is None or list(said) == incident.facts.get("second_opinion"):
        return False
    facts = {**incident.facts, "second_opinion": list(said)}
    changed = replace(incident, facts=facts, version=incident.version + 1)
    with app.db.read() as tx:
        context = message_context(app, tx, changed, now)
    shown = card(context)
    with app.db.write() as tx:
        if not store.save_incident(tx, changed, incident):
            return False  # what has changed it shows the card anew, and asks again
        desire(tx, keys.card(incident_id), shown)
    app.wake()
    return True


def second_opinion(
    app: App, brand: str, mentions: Sequence[StoredMention]
) -> tuple[float, int] | None:
    """The share of the mentions that the transformer calls negative, and how many it has read;
    None where none is configured, there is nothing to read, or it fails, which is logged.

    For people only: series, signals and stored readings keep the light model's. It reads what that
    reads: texts in which the brand's name says nothing.
    """
    asked = [
        (app.enricher.as_read(brand, mention.text), Language(mention.language))
        for mention in mentions
        if mention.text
    ][:ASKED]
    if app.second is None or not asked:
        return None
    try:
        known = _answered(app.second, asked)
    except TransformerProblem as problem:
        log.warning("no second opinion: %s", problem)
        return None
    return sum(known[text] for text, _ in asked) / len(asked), len(asked)


def _answered(model: SentimentModel, asked: Sequence[tuple[str, Language]]) -> dict[str, bool]:
    """Whether each text is negative."""
    known = _answers.setdefault(model, {})
    if len(known) > REMEMBERED:
        known.clear()
    new = {text: language for text, language in asked if text not in known}
    if new:
        scores = model.score(list(new), list(new.values()))
        negative = scores.probabilities.argmax(axis=1) == 0
        known.update(zip(new, negative.tolist(), strict=True))
    return known

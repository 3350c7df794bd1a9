"""The demo's own cards, in every state and both languages: ``python tests/fakes/demo_cards.py``
plays it up to an hour after its crisis began, acts on it as people do, and keeps what was made for
the pictures."""

from __future__ import annotations

import contextlib
import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alerting.decide.actions import Action
from alerting.i18n import Localizer
from alerting.messages.codec import pack
from alerting.messages.incident import root
from alerting.model import target
from monitor.app import App
from monitor.jobs.respond.act import act
from monitor.jobs.respond.context import message_context
from monitor.runtime.demo import Demo, Wish, prepare
from monitor.runtime.simulate import Played
from monitor.store.incidents import read_incident

KEPT = Path(__file__).resolve().parents[1] / "alerting" / "golden" / "demo_cards.json"
UNTIL = datetime(2026, 6, 15, 3, 45, tzinfo=UTC)
ZONE = "Asia/Jakarta"


class Enough(Exception):
    """It has been played far enough."""


def played(folder: Path) -> Demo:
    demo = prepare(folder, Wish())

    def tick(position: Played) -> None:
        if position.position >= UNTIL:
            raise Enough

    with contextlib.suppress(Enough):
        demo.play(tick)
    return demo


def shown(app: App, at: datetime) -> dict[str, Any]:
    """The first incident's card at this time, by language."""
    with app.db.read() as tx:
        incident = read_incident(tx, 1)
        assert incident is not None
        contexts = {
            language: message_context(app, tx, incident, at, say=Localizer(language, ZONE))
            for language in ("en", "id")
        }
    here = [target("@here")] if incident.state == "open" else []
    cards = {name: pack(root(context, here)) for name, context in contexts.items()}
    return {"at": at.astimezone(UTC).isoformat(), **cards}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        demo = played(Path(folder))
        app, at = demo.app, demo.app.now()
        states = {"open": shown(app, at)}
        said = ["snooze", "ack", "resolve"]
        for kind, name in zip(said, ("snoozed", "acknowledged", "resolved"), strict=True):
            at += timedelta(minutes=60 if kind == "resolve" else 5)
            more = {"duration": timedelta(hours=1)} if kind == "snooze" else {}
            done = act(app, Action(kind, "Rina", 1, reason="…", **more), at)  # type: ignore[arg-type]
            assert done.done, done.answer
            states[name] = shown(app, at)
        app.db.close()
    KEPT.write_text(json.dumps(states, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()

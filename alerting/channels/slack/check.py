"""Slack tried before the crisis: each thing that must work, and how to mend what does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from alerting.channels.base import Delivery, DeliveryError
from alerting.channels.slack.blocks import blocks, fallback_text
from alerting.channels.slack.caller import Caller
from alerting.channels.slack.card import Form, card_message
from alerting.channels.slack.manifest import scopes
from alerting.model import Button, Card, Notice, Picture, Quote
from monitor.settings.model import SlackSettings

AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was tried and whether it works; ``mend`` says what to do where it does not."""

    ok: bool
    what: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the config asks of Slack. ``reach`` opens a connection for clicks, once; it raises
    DeliveryError."""

    settings: SlackSettings
    token: str
    channels: Sequence[str]
    groups: bool = False
    reach: Callable[[], None] | None = None


def check(wanted: Wanted) -> Iterator[Finding]:
    """Try everything, in the order in which a person would mend it."""
    caller = Caller(wanted.settings, wanted.token)
    if not wanted.token:
        yield Finding(False, "there is no bot token", "put it into SLACK_BOT_TOKEN (xoxb-…)")
        return
    try:
        who = caller.call(lambda client: _Answer(client.auth_test()))
    except DeliveryError as error:
        yield Finding(False, str(error), "copy the bot token again: OAuth & Permissions")
        return
    yield Finding(True, f"the bot is {who['user']} in the workspace {who['team']}")
    yield from _granted(wanted, set(str(who["granted"]).split(",")) - {""})
    for channel in dict.fromkeys(wanted.channels):
        yield _posted(caller, channel)
    if wanted.reach:
        yield _reached(wanted.reach)
    yield from _valid(caller)


class _Answer:
    """An answer's data with the scopes that its header names."""

    def __init__(self, answer: Any) -> None:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        self.data = {**answer.data, "granted": headers.get("x-oauth-scopes", "")}


def _granted(wanted: Wanted, granted: set[str]) -> Iterator[Finding]:
    needed = scopes(wanted.settings, groups=wanted.groups)
    if not granted:
        yield Finding(True, "Slack does not say which scopes the bot has")
        return
    missing = {scope: why for scope, why in needed.items() if scope not in granted}
    for scope, why in missing.items():
        yield Finding(
            False,
            f"the bot lacks the scope {scope}, {why}",
            "paste `siaga slack manifest` into the app's manifest and reinstall the app",
        )
    if not missing:
        yield Finding(True, f"the bot has all {len(needed)} scopes it needs")


def _posted(caller: Caller, channel: str) -> Finding:
    """A message that says it is a test, and is taken back at once."""
    name = channel if channel[:1] in "CG#" else f"#{channel}"
    try:
        posted = caller.call(
            lambda client: client.chat_postMessage(
                channel=channel, text="Siaga: a test, taken back at once."
            )
        )
        caller.call(lambda client: client.chat_delete(channel=posted["channel"], ts=posted["ts"]))
    except DeliveryError as error:
        return Finding(False, f"{name}: {error}", f"in {name} write `/invite @siaga`")
    return Finding(True, f"{name}: a test message was posted and taken back")


def _reached(reach: Callable[[], None]) -> Finding:
    try:
        reach()
    except DeliveryError as error:
        return Finding(
            False,
            f"clicks cannot come in: {error}",
            "make an app-level token with the scope connections:write, put it into "
            "SLACK_APP_TOKEN (xapp-…), and switch Socket Mode on",
        )
    return Finding(True, "clicks can come in")


def _valid(caller: Caller) -> Iterator[Finding]:
    """Every kind of message, tried by blocks.validate where this Slack has it."""
    for name, message in samples().items():
        shown = [*message.get("blocks", ())]
        for attachment in message.get("attachments", ()):
            shown += attachment["blocks"]
        try:
            caller.call(
                lambda client, shown=shown: client.api_call(  # type: ignore[misc]
                    "blocks.validate", json={"blocks": shown}
                )
            )
        except DeliveryError as error:
            if "unknown_method" in str(error):
                yield Finding(True, "this Slack does not validate blocks beforehand")
                return
            yield Finding(
                error.scope != "message",
                f"Slack would refuse {name} ({error})",
                "nothing: it is then sent in a plainer form",
            )
    yield Finding(True, "the messages were tried")


def samples() -> dict[str, dict[str, Any]]:
    """A message of every kind and form."""
    notice = _notice()
    delivery = Delivery("check", "C1", notice)
    forms: tuple[Form, ...] = ("charted", "folded", "flat")
    made = {f"a card ({form})": card_message(delivery, _CARD, form) for form in forms}
    line = Delivery("check", "C1", Notice("update", "Somebody has acknowledged this.", "Soon."))
    made["a line of a thread"] = {"blocks": blocks(line)}
    return {name: {"text": fallback_text(delivery), **message} for name, message in made.items()}


_CARD = Card(
    incident=1,
    revision=1,
    state="open",
    standing=("Nobody has acknowledged it.", AT),
    facts=(("Since", "14:02"),),
    details=(("Risk", "Reputation"),),
    buttons=(
        Button("ack", "Acknowledge", primary=True),
        Button("snooze", "Snooze", options=(("1h", "1 h"),)),
    ),
    picture=Picture(
        title="Mentions",
        alt="Mentions of a day",
        names=("now", "usual", "began"),
        start=AT,
        step_s=1800,
        counts=(1.0, 2.0, 9.0),
        usual=(1.0, 1.0, 1.0),
        onset=AT,
    ),
)


def _notice() -> Notice:
    return Notice(
        "incident",
        "SEV2 · Example: many more mentions than usual",
        "212 mentions in 1 h.",
        "SEV2",
        quotes=(Quote("It is bad.", "someone", "https://example.com/1", "rss", AT, mention="x:1"),),
        why="It is rare.",
        how_to="To acknowledge: `siaga incident ack 1`",
        card=_CARD,
    )

"""The channel contract as tests. A plugin's own test is a subclass with three fixtures:
``channel``, ``destination`` and ``arrived`` (a function: the texts that came out at the other end).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alerting.channels.base import Channel, Delivery, DeliveryError
from alerting.model import Notice, Quote, Target
from monitor.clock import utc_now

AT = datetime(2026, 3, 14, 14, 2, tzinfo=UTC)

HOSTILE = (
    "<!channel> <@U012AB3CD> <https://evil.example|your bank> &lt;!here&gt; *bold* `code` "
    "\x1b[2J\x1b]0;owned\x07\x9b31m\u202egnp.exe\u2066\u200b\x00\r\nBcc: everyone@example.com "
    "<script>alert(1)</script> \ud83d"
)
"""What a stranger may write into a post."""

SAMPLE = Notice(
    kind="incident",
    headline="SEV2 · Kopi Senja · 212 mentions in 5 minutes",
    summary="Expected 40 to 75. Since 14:02 WIB. 61% of them are negative.",
    severity="SEV2",
    fields=(("Since", "14:02 WIB"), ("Platforms", "x, youtube"), ("Negative", "61%")),
    quotes=(
        Quote("Kopi basi lagi, sudah tiga kali!", "@rina", "https://x.com/i/status/1", "x", AT),
        Quote("Worst service ever", "@tom", "https://youtu.be/abc?lc=1", "youtube", AT, "negative"),
    ),
    why="The volume is 4 times what is usual at this hour.",
    how_to="Acknowledge: siaga incident ack 42",
    link="https://siaga.example.com/incidents/42",
)

INVISIBLE = ("\x1b", "\x9b", "\u202e", "\u2066", "\u200b", "\x00")


def hostile() -> Notice:
    """A notice whose every stranger-written part is hostile."""
    quote = Quote(HOSTILE, HOSTILE, f"javascript:{HOSTILE}", HOSTILE, AT, HOSTILE)
    return replace(SAMPLE, summary=HOSTILE, fields=((HOSTILE, HOSTILE),), quotes=(quote,))


def huge() -> Notice:
    """A notice longer than any channel's limits, in characters that count double."""
    text = "🔥<&>" * 4000
    quotes = tuple(Quote(text, text, "https://x.com/" + "a" * 3000, text, AT) for _ in range(9))
    return Notice(
        "incident",
        text,
        text,
        "SEV1",
        ((text, text),) * 30,
        quotes,
        text,
        text,
        "https://siaga.example.com/",
        text,
        (Target("channel"),),
        footer=text,
    )


class ChannelContract:
    """What the outbox relies on."""

    def test_a_notice_arrives_once_and_its_receipt_is_json(
        self, channel: Channel, destination: str, arrived: Callable[[], list[str]]
    ) -> None:
        receipt = channel.send(Delivery("contract:once", destination, SAMPLE))
        assert json.loads(json.dumps(dict(receipt))) == dict(receipt)
        (text,) = arrived()
        for shown in ("212 mentions", "Kopi basi lagi", "siaga incident ack 42", "4 times"):
            assert shown in text

    def test_what_strangers_write_stays_text(
        self, channel: Channel, destination: str, arrived: Callable[[], list[str]]
    ) -> None:
        channel.send(Delivery("contract:hostile", destination, hostile()))
        (text,) = arrived()
        assert not [sign for sign in INVISIBLE if sign in text]
        assert "javascript:" not in text

    def test_a_notice_beyond_every_limit_arrives(
        self, channel: Channel, destination: str, arrived: Callable[[], list[str]]
    ) -> None:
        channel.send(Delivery("contract:huge", destination, huge()))
        assert len(arrived()) == 1

    def test_what_was_sent_can_be_found_or_that_is_said(
        self, channel: Channel, destination: str
    ) -> None:
        sent = Delivery("contract:find", destination, SAMPLE)
        since = utc_now() - timedelta(minutes=1)
        receipt = channel.send(sent)
        if channel.info.can_find:
            assert channel.find(sent, since) == receipt
            assert channel.find(replace(sent, key="contract:other"), since) is None
        else:
            assert _refused(lambda: channel.find(sent, since)).certainty == "unknown"

    def test_an_update_may_be_done_twice_or_is_refused(
        self, channel: Channel, destination: str, arrived: Callable[[], list[str]]
    ) -> None:
        delivery = Delivery("contract:update", destination, SAMPLE)
        receipt = channel.send(delivery)
        changed = replace(delivery, notice=replace(SAMPLE, headline="Acknowledged by Rina"))
        if not channel.info.can_update:
            assert _refused(lambda: channel.update(receipt, changed)).permanent
            return
        channel.update(channel.update(receipt, changed), changed)
        (text,) = arrived()
        assert "Acknowledged by Rina" in text

    def test_a_possible_repeat_says_so(
        self, channel: Channel, destination: str, arrived: Callable[[], list[str]]
    ) -> None:
        delivery = Delivery("contract:repeat", destination, SAMPLE, possible_repeat=True)
        channel.send(delivery)
        (text,) = arrived()
        assert "possible repeat" in text.lower()


def _refused(call: Callable[[], object]) -> DeliveryError:
    try:
        call()
    except DeliveryError as error:
        return error
    raise AssertionError("this channel cannot do that, and must say so")

"""The console prints what Slack would show, and nothing a stranger writes moves the cursor."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from alerting.channels.base import Delivery, DeliveryError
from alerting.channels.console import ConsoleChannel, rendered
from alerting.channels.testing import SAMPLE, ChannelContract, hostile
from alerting.model import Notice


class TestContract(ChannelContract):
    @pytest.fixture
    def stream(self):
        return io.StringIO()

    @pytest.fixture
    def channel(self, stream):
        return ConsoleChannel(stream)

    @pytest.fixture
    def destination(self):
        return "console"

    @pytest.fixture
    def arrived(self, stream):
        return lambda: [
            " ".join(line.strip("┃ ") for line in part.splitlines())
            for part in stream.getvalue().split("\n\n")
            if part.strip()
        ]


def test_it_reads_like_this():
    shown = rendered(Delivery("k", "console", replace(SAMPLE, stamp="REPLAY · 22 Feb 2015")))
    assert shown == (
        "┃ SEV2 · Kopi Senja · 212 mentions in 5 minutes\n"
        "┃ REPLAY · 22 Feb 2015\n"
        "┃ Expected 40 to 75. Since 14:02 WIB. 61% of them are negative.\n"
        "┃\n"
        "┃ Since: 14:02 WIB\n"
        "┃ Platforms: x, youtube\n"
        "┃ Negative: 61%\n"
        "┃\n"
        "┃   “Kopi basi lagi, sudah tiga kali!”\n"
        "┃   @rina · X · 14 Mar 2026, 14:02 UTC · https://x.com/i/status/1\n"
        "┃\n"
        "┃   “Worst service ever”\n"
        "┃   @tom · YouTube · 14 Mar 2026, 14:02 UTC · negative · https://youtu.be/abc?lc=1\n"
        "┃\n"
        "┃ The volume is 4 times what is usual at this hour.\n"
        "┃ Acknowledge: siaga incident ack 42\n"
        "┃ https://siaga.example.com/incidents/42\n"
        "\n"
    )


def test_a_terminal_gets_colours_and_a_log_gets_none():
    delivery = Delivery("k", "console", hostile())
    assert "\x1b[1;31m" in rendered(delivery, colour=True)
    assert "\x1b" not in rendered(delivery)
    assert "\x1b[2J" not in rendered(delivery, colour=True)


def test_long_lines_are_wrapped_behind_the_bar():
    notice = Notice("update", "Still going", "word " * 100)
    lines = rendered(Delivery("k", "console", notice), width=40).splitlines()
    assert max(len(line) for line in lines) <= 40
    assert all(line.startswith("│") for line in lines if line)


def test_a_closed_stream_is_an_error_of_delivery():
    stream = io.StringIO()
    stream.close()
    with pytest.raises(DeliveryError):
        ConsoleChannel(stream).send(Delivery("k", "console", SAMPLE))

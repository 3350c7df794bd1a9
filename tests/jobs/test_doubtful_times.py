"""A time that no platform states is shown as uncertain wherever the evidence is shown."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from fakes.lines import MINUTE, T0, clock_of, mention, pages, poll_due

from alerting.channels.base import Delivery
from alerting.channels.console import ConsoleChannel
from alerting.channels.email.text import html_body, text_body
from alerting.channels.slack.blocks import evidence as slack_evidence
from alerting.channels.testing import SAMPLE
from alerting.messages.codec import pack, unpack
from connectors.base import Page
from monitor.app import App
from monitor.jobs.respond.context import quotes
from monitor.model import ALL

SAYS = {"en": "(time uncertain)", "id": "(waktu tidak pasti)"}


def shown(app: App) -> Any:
    """The evidence of an incident that began with the app."""
    incident: Any = SimpleNamespace(since=T0 - timedelta(hours=1))
    lead: Any = SimpleNamespace(brand="kopi", platform=ALL, detector="volume")
    with app.db.read() as tx:
        return quotes(tx, incident, lead, app.now(), None)


@pytest.mark.parametrize("locale", ["en", "id"])
def test_evidence_of_a_doubtful_time_says_so_in_every_channel(
    line: Callable[..., App], locale: str
) -> None:
    page = Page(
        (
            mention(1, T0 + MINUTE, time_is="first_seen"),
            mention(2, T0 + 2 * MINUTE, "-kopi juga"),
        ),
        cursor={"n": 1},
    )
    app = line(pages(page))
    clock_of(app).advance_to(T0 + 5 * MINUTE)
    poll_due(app)
    found = {quote.text: quote.doubtful for quote in shown(app)}
    assert found == {"-kopi": True, "-kopi juga": False}

    notice = replace(SAMPLE, quotes=tuple(shown(app)), locale=locale)
    notice = unpack(orjson.loads(orjson.dumps(pack(notice))))
    stream = io.StringIO()
    delivery = Delivery("i1:root", "#room", notice)
    ConsoleChannel(stream).send(delivery)
    slack = orjson.dumps(slack_evidence(notice)).decode()
    for text in (stream.getvalue(), text_body(delivery), html_body(delivery), slack):
        assert text.count(SAYS[locale]) == 1

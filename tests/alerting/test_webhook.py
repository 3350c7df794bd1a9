"""The signed webhook: Standard Webhooks, one copy for whoever drops seconds, honest failures."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from pydantic import ValidationError

from alerting.channels.base import Channel, Delivery, DeliveryError
from alerting.channels.testing import (
    SAMPLE,
    ChannelContract,
    FarSide,
    HttpChannelContract,
)
from alerting.channels.webhook import WEBHOOK, WebhookChannel, WebhookOptions, signed
from monitor.problems import Problem

KEY = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, a test").decode()


@pytest.fixture
def side() -> Iterator[FarSide]:
    with FarSide() as side:
        yield side


class TestContract(ChannelContract):
    @pytest.fixture
    def channel(self, side: FarSide) -> Channel:
        return WebhookChannel(f"{side.url}/hook", KEY)

    @pytest.fixture
    def destination(self) -> str:
        return "crisis-room"

    @pytest.fixture
    def arrived(self, side: FarSide) -> Callable[[], list[str]]:
        return lambda: [_text(told) for told in side.told]


def _text(told: str) -> str:
    data = json.loads(told[told.index("{") :])["data"]
    return json.dumps(data, ensure_ascii=False)


class TestFaults(HttpChannelContract):
    @pytest.fixture
    def made(self) -> Callable[[str, str, float], Channel]:
        return WebhookChannel

    @pytest.fixture
    def destination(self) -> str:
        return "crisis-room"


def test_the_signature_is_over_id_time_and_body() -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    headers = signed(b"k" * 24, "i7:root", at, b"{}")
    message = f"i7:root.{int(at.timestamp())}.{{}}".encode()
    wanted = base64.b64encode(hmac.new(b"k" * 24, message, sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert headers["webhook-id"] == "i7:root"


def test_the_same_delivery_has_the_same_id_so_that_a_second_copy_can_be_dropped(
    side: FarSide,
) -> None:
    channel = WebhookChannel(side.url, KEY)
    for _ in range(2):
        channel.send(Delivery("i7:root", "room", SAMPLE))
    ids = [line for told in side.told for line in told.splitlines() if "webhook-id" in line.lower()]
    assert len(set(ids)) == 1
    assert channel.info.repeatable


def test_nobody_wants_it_any_more_is_the_destinations_fault(side: FarSide) -> None:
    side.answers(410, "gone")
    with pytest.raises(DeliveryError) as caught:
        WebhookChannel(side.url, KEY).send(Delivery("k", "room", SAMPLE))
    assert (caught.value.permanent, caught.value.scope) == (True, "destination")


def test_it_goes_over_https_or_stays_on_this_machine() -> None:
    assert WebhookOptions(url="https://example.com/hook").url
    with pytest.raises(ValidationError, match="https"):
        WebhookOptions(url="http://example.com/hook")
    assert WEBHOOK.secrets == {"secret": "SIAGA_WEBHOOK_SECRET"}


@pytest.mark.parametrize("secret", ["whsec_abc", "whsec_!!!!"])
def test_a_key_that_was_copied_in_part_is_told_in_a_sentence(secret: str) -> None:
    with pytest.raises(Problem, match="SIAGA_WEBHOOK_SECRET is no base64") as caught:
        WebhookChannel("https://example.com/hook", secret)
    assert secret not in str(caught.value)


def test_without_a_key_it_does_not_count_as_ready() -> None:
    with pytest.raises(DeliveryError, match="SIAGA_WEBHOOK_SECRET is not set"):
        WebhookChannel("https://example.com/hook", "").try_out("room")

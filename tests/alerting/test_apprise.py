"""Apprise: other ways out, with what it honestly can."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alerting.channels.apprise import AppriseChannel, targets_of
from alerting.channels.base import Delivery, DeliveryError
from alerting.channels.testing import SAMPLE, FarSide
from monitor.problems import Problem


@pytest.fixture
def side() -> Iterator[FarSide]:
    with FarSide() as side:
        yield side


def channel(side: FarSide) -> AppriseChannel:
    host = side.url.removeprefix("http://")
    return AppriseChannel({"room": f"json://token-of-the-test@{host}/hook"}, 120.0)


def test_a_notice_goes_out_by_the_address_of_its_name(side: FarSide) -> None:
    receipt = channel(side).send(Delivery("i7:root", "room", SAMPLE))
    assert receipt["apprise"] == "room"
    (told,) = side.told
    assert "212 mentions in 5 minutes" in told
    assert "Kopi basi lagi" in told


def test_what_was_not_taken_may_have_arrived_and_no_address_is_shown(side: FarSide) -> None:
    side.answers(500, "oops")
    with pytest.raises(DeliveryError) as caught:
        channel(side).send(Delivery("i7:root", "room", SAMPLE))
    assert (caught.value.certainty, caught.value.permanent) == ("unknown", False)
    assert "token-of-the-test" not in str(caught.value) + repr(channel(side))


def test_a_name_or_an_address_that_is_none_is_surely_not_sent(side: FarSide) -> None:
    for made, name in (
        (channel(side), "other"),
        (AppriseChannel({"room": "nonsense://x"}), "room"),
    ):
        with pytest.raises(DeliveryError) as caught:
            made.send(Delivery("k", name, SAMPLE))
        assert (caught.value.certainty, caught.value.scope) == ("not_sent", "destination")
        with pytest.raises(DeliveryError):
            made.try_out(name)


def test_addresses_are_named_and_a_slip_shows_none_of_them() -> None:
    assert targets_of("ops=tgram://123/456\nteam=msteams://a/b/c") == {
        "ops": "tgram://123/456",
        "team": "msteams://a/b/c",
    }
    with pytest.raises(Problem) as caught:
        targets_of("ops=tgram://123/secret team")
    assert "secret" not in str(caught.value)
    assert "entry 2" in str(caught.value)

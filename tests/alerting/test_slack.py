"""Slack through the real SDK, against a server nobody here wrote."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from fakes.slack_emulator import TOKEN, free_port, key_of

from alerting.channels.base import Delivery, DeliveryError
from alerting.channels.slack.channel import SlackChannel
from alerting.channels.slack.errors import from_answer
from alerting.channels.testing import SAMPLE, ChannelContract, HttpChannelContract
from monitor.clock import utc_now
from monitor.settings.model import SlackSettings


def channel_to(base_url, *, token=TOKEN, timeout=5.0):
    settings = SlackSettings(
        enabled=True,
        base_url=base_url,
        timeout=timedelta(seconds=timeout),
        quiet_period=timedelta(seconds=1),
    )
    return SlackChannel(settings, token)


@pytest.fixture
def channel(slack_proxy):
    return channel_to(slack_proxy.base_url)


@pytest.fixture
def destination(room):
    return f"#{room.name}"


class TestContract(ChannelContract):
    @pytest.fixture
    def arrived(self, slack_proxy, room):
        """What was posted, as the proxy let it through and the emulator keeps it."""

        def texts():
            bodies = {}
            for call in slack_proxy.calls:
                if call.outcome == "ok" and call.method in ("chat.postMessage", "chat.update"):
                    bodies[call.body.get("ts", "")] = json.dumps(call.body, ensure_ascii=False)
            return [list(bodies.values())[-1]] if len(room.messages()) == 1 else list(bodies)

        return texts


class TestFaults(HttpChannelContract):
    @pytest.fixture
    def made(self):
        return lambda url, secret, seconds: channel_to(
            f"{url}/api/", token=f"xoxb-{secret}", timeout=seconds
        )

    @pytest.fixture
    def destination(self):
        return "C0123456789"


def failure(call):
    with pytest.raises(DeliveryError) as raised:
        call()
    return raised.value


def test_a_reply_goes_into_its_thread_and_is_found_there(channel, room, destination):
    root = channel.send(Delivery("i1:root", destination, SAMPLE))
    since = utc_now()
    line = Delivery("i1:worsened:2", destination, SAMPLE, thread=root)
    receipt = channel.send(line)
    assert [key_of(m) for m in room.messages()] == ["i1:root"]
    assert [key_of(m) for m in room.replies(root["ts"])] == ["i1:worsened:2"]
    assert channel.find(line, since) == receipt


def test_a_message_is_found_behind_pages_of_others(channel, room):
    sent = Delivery("i1:root", room.id, SAMPLE)
    since = utc_now()
    receipt = channel.send(sent)
    for n in range(250):
        room.client.chat_postMessage(channel=room.id, text=f"chatter {n}")
    assert channel.find(sent, since) == receipt


def test_a_channel_that_does_not_exist_is_a_destination_problem(channel):
    for destination in ("#nowhere", "C00000000"):
        error = failure(lambda: channel.send(Delivery("k", destination, SAMPLE)))  # noqa: B023
        assert (error.permanent, error.scope, error.certainty) == (True, "destination", "not_sent")


def test_a_message_to_update_that_is_gone_says_so(channel, room, destination):
    receipt = channel.send(Delivery("i1:root", destination, SAMPLE))
    room.client.chat_delete(channel=room.id, ts=receipt["ts"])
    error = failure(lambda: channel.update(receipt, Delivery("i1:root", destination, SAMPLE)))
    assert error.scope == "gone"


@pytest.mark.parametrize(
    ("fault", "certainty", "copies"),
    [
        ("drop_before", "unknown", 0),
        ("drop_after", "unknown", 1),
        ("hang_before", "unknown", 0),
        ("hang_after", "unknown", 1),
        ("500_before", "unknown", 0),
        ("500_after", "unknown", 1),
        ("garbage_after", "unknown", 1),
        ("drip_after", "unknown", 1),
        ("429", "not_sent", 0),
    ],
)
def test_one_call_posts_at_most_once_and_says_what_is_known(
    slack_proxy, room, fault, certainty, copies
):
    channel = channel_to(slack_proxy.base_url, timeout=0.3)
    slack_proxy.fault(fault, retry_after=7, later=60)
    error = failure(lambda: channel.send(Delivery("k", room.id, SAMPLE)))
    slack_proxy.release()
    assert error.certainty == certainty
    assert not error.permanent
    assert error.retry_after == (7 if fault == "429" else None)
    assert len(room.messages()) == copies
    assert len([c for c in slack_proxy.calls if c.method == "chat.postMessage"]) == 1


def test_a_post_that_could_come_after_its_look_up_is_not_made(slack_proxy, room):
    channel = channel_to(slack_proxy.base_url, timeout=0.5)
    slack_proxy.fault("drip_after", "conversations.list", later=0.8)
    error = failure(lambda: channel.send(Delivery("k", f"#{room.name}", SAMPLE)))
    assert (error.certainty, error.permanent) == ("not_sent", False)
    assert room.messages() == []
    channel.send(Delivery("k", f"#{room.name}", SAMPLE))  # by now it knows the channel


def test_a_refused_connection_is_surely_not_sent(room):
    channel = channel_to(f"http://127.0.0.1:{free_port()}/api/")
    error = failure(lambda: channel.send(Delivery("k", room.id, SAMPLE)))
    assert (error.certainty, error.permanent) == ("not_sent", False)


def test_a_name_that_does_not_resolve_is_surely_not_sent():
    channel = channel_to("http://slack.invalid/api/")
    assert failure(lambda: channel.send(Delivery("k", "C1234567", SAMPLE))).certainty == "not_sent"


@pytest.mark.parametrize(
    ("code", "scope"),
    [
        ("channel_not_found", "destination"),
        ("not_in_channel", "destination"),
        ("is_archived", "destination"),
        ("restricted_action_read_only_channel", "destination"),
        ("invalid_blocks", "message"),
        ("invalid_blocks_format", "message"),
        ("msg_too_long", "message"),
        ("metadata_too_large", "message"),
        ("invalid_auth", "credentials"),
        ("token_revoked", "credentials"),
        ("token_expired", "credentials"),
        ("account_inactive", "credentials"),
        ("missing_scope", "credentials"),
        ("message_not_found", "gone"),
        ("cant_update_message", "gone"),
    ],
)
def test_slacks_final_answers_say_what_is_wrong(code, scope):
    error = from_answer(200, {}, code)
    assert (error.certainty, error.permanent, error.scope) == ("not_sent", True, scope)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (200, "fatal_error"),
        (200, "internal_error"),
        (200, "request_timeout"),
        (200, "service_unavailable"),
        (500, ""),
        (502, "Received a response in a non-JSON format"),
        (503, "channel_not_found"),
        (200, "Received a response in a non-JSON format"),
    ],
)
def test_slacks_vague_answers_leave_open_what_happened(status, code):
    error = from_answer(status, {}, code)
    assert (error.certainty, error.permanent) == ("unknown", False)


def test_an_answer_nobody_knows_is_tried_again():
    error = from_answer(200, {}, "a_new_kind_of_error")
    assert (error.certainty, error.permanent) == ("not_sent", False)


@pytest.mark.parametrize(("header", "seconds"), [("3", 3), ("0", 1), ("soon", 30), ("99999", 3600)])
def test_a_rate_limit_is_a_pause_of_the_length_slack_names(header, seconds):
    assert from_answer(429, {"retry-after": header}, "").retry_after == seconds


def test_the_token_shows_nowhere(slack_proxy, room, caplog):
    caplog.set_level(logging.DEBUG)
    secret = "xoxb-1234-very-secret"
    channel = channel_to(slack_proxy.base_url, token=secret, timeout=0.3)
    errors = []
    for fault in ("500_before", "drop_before", "garbage_after", "error"):
        slack_proxy.fault(fault, code="invalid_auth")
        errors.append(failure(lambda: channel.send(Delivery("k", room.id, SAMPLE))))
    shown = [repr(channel), caplog.text, str(channel.info)]
    for error in errors:
        while error is not None:
            shown.append(f"{error!r} {error}")
            error = error.__cause__
    assert not [text for text in shown if secret in text]
    assert "Kopi basi" not in caplog.text


def test_without_a_token_nothing_is_called(slack_proxy, room):
    channel = channel_to(slack_proxy.base_url, token="")
    assert failure(lambda: channel.send(Delivery("k", room.id, SAMPLE))).scope == "credentials"
    assert slack_proxy.calls == []


def test_a_look_up_that_slack_does_not_answer_is_not_an_absence(slack_proxy, channel, room):
    slack_proxy.fault("500_before", "conversations.history")
    since = datetime(2026, 1, 1, tzinfo=UTC)
    error = failure(lambda: channel.find(Delivery("k", room.id, SAMPLE), since))
    assert error.certainty == "unknown"

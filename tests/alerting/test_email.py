"""E-mail through smtplib, to a relay on loopback."""

from __future__ import annotations

import traceback
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.slack_emulator import free_port
from fakes.smtp_relay import greeting_for_ever, mail_relay
from pydantic import ValidationError

from alerting.channels.base import Delivery, DeliveryError
from alerting.channels.email.channel import EmailChannel, compose, message_id
from alerting.channels.testing import SAMPLE, SECRET, ChannelContract, hostile
from monitor.clock import utc_now
from monitor.settings.model import EmailSettings

TO = "rina@example.com"


@pytest.fixture
def relay():
    with mail_relay() as relay:
        yield relay


@pytest.fixture
def channel(relay):
    return EmailChannel(relay.settings())


class TestContract(ChannelContract):
    @pytest.fixture
    def destination(self):
        return TO

    @pytest.fixture
    def arrived(self, relay):
        return lambda: [message.get_body(("plain",)).get_content() for message in relay.took]


def failure(channel, key="k", to=TO):
    with pytest.raises(DeliveryError) as raised:
        channel.send(Delivery(key, to, SAMPLE))
    return raised.value


def test_a_message_says_who_what_and_that_a_machine_wrote_it(channel, relay):
    channel.send(Delivery("i1:root:email", TO, SAMPLE))
    (message,) = relay.took
    assert message["To"] == TO
    assert message["From"] == "Siaga <siaga@example.org>"
    assert message["Subject"] == SAMPLE.headline
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert relay.to == [TO]


def test_a_mail_says_when_it_was_sent_and_a_digest_how_to_get_no_more(channel, relay):
    channel.send(Delivery("i1:root:email", TO, SAMPLE))
    channel.send(Delivery("digest:kopi", TO, replace(SAMPLE, kind="digest")))
    alert, digest = relay.took
    assert abs(alert["Date"].datetime - utc_now()) < timedelta(minutes=5)
    assert alert["List-Unsubscribe"] is None
    assert digest["List-Unsubscribe"] == "<mailto:siaga@example.org?subject=unsubscribe>"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Siaga, Tim Medsos <siaga@example.org>", "Siaga, Tim Medsos"),
        ('"Siaga, Tim" <siaga@example.org>', "Siaga, Tim"),
        ('Kopi "Senja" <siaga@example.org>', 'Kopi "Senja"'),
        ("siaga@example.org", ""),
    ],
)
def test_a_sender_may_have_a_comma_in_its_name(written, name):
    address = compose(Delivery("k", TO, SAMPLE), written)["From"].addresses[0]
    assert (address.display_name, address.addr_spec) == (name, "siaga@example.org")


@pytest.mark.parametrize(
    "written",
    [
        "Siaga",
        "Siaga <siaga>",
        "Siaga <siaga@example.org",
        "",
        "Siaga <siaga@example..org>",
        "Siaga <.siaga@example.org>",
        "Siaga <siaga@-example.org>",
    ],
)
def test_a_sender_without_an_address_is_told_before_anything_is_sent(written):
    with pytest.raises(ValidationError, match="names no address to send from"):
        EmailSettings(sender=written)


def test_a_sender_is_one_and_not_several():
    with pytest.raises(ValidationError, match="names several addresses"):
        EmailSettings(sender="Siaga <siaga@example.org>, Tim <tim@example.org>")


def test_every_attempt_at_one_message_has_the_same_id(channel, relay):
    for _ in range(2):
        channel.send(Delivery("i1:root:email", TO, SAMPLE))
    channel.send(Delivery("i2:root:email", TO, SAMPLE))
    first, second, other = [message["Message-ID"] for message in relay.took]
    assert first == second != other
    assert message_id("k", "Siaga <siaga@example.org>").endswith("@example.org>")
    assert TO not in first


def test_what_strangers_write_is_no_markup_and_no_header(channel, relay):
    channel.send(Delivery("k", TO, replace(hostile(), headline="One\r\nBcc: all@example.com")))
    (message,) = relay.took
    assert message["Subject"] == "One Bcc: all@example.com"
    assert message["Bcc"] is None
    html = message.get_body(("html",)).get_content()
    assert "<script>" not in html
    assert "javascript:" not in html


def test_a_notice_that_brings_its_own_html_keeps_it(channel, relay):
    channel.send(Delivery("k", TO, replace(SAMPLE, kind="digest", html="<p>the week</p>")))
    (message,) = relay.took
    assert "<p>the week</p>" in message.get_body(("html",)).get_content()


@pytest.mark.parametrize("verb", ["RCPT", "DATA"])
def test_a_4xx_is_not_sent_and_may_be_tried_again(channel, relay, verb):
    relay.answers[verb] = ["451 later"]
    error = failure(channel)
    assert (error.certainty, error.permanent) == ("not_sent", False)
    channel.send(Delivery("k", TO, SAMPLE))
    assert len(relay.took) == 1


@pytest.mark.parametrize(("verb", "scope"), [("RCPT", "destination"), ("DATA", "message")])
def test_a_5xx_is_final(channel, relay, verb, scope):
    relay.answers[verb] = ["550 no"]
    error = failure(channel)
    assert (error.certainty, error.permanent, error.scope) == ("not_sent", True, scope)


def test_a_lost_answer_after_the_message_is_unknown(channel, relay):
    relay.answers["DATA"] = ["drop"]
    error = failure(channel)
    assert (error.certainty, error.permanent) == ("unknown", False)
    assert len(relay.took) == 1


def test_a_relay_that_answers_for_ever_is_left_and_nothing_is_known(relay):
    relay.answers["DATA"] = ["drip"]
    error = failure(EmailChannel(relay.settings(timeout="0.3s")))
    assert (error.certainty, error.permanent) == ("unknown", False)


def test_a_relay_that_greets_for_ever_is_left_with_nothing_sent(relay):
    with greeting_for_ever() as port:
        error = failure(EmailChannel(relay.settings(timeout="0.3s", port=port)))
    assert (error.certainty, error.permanent) == ("not_sent", False)


def test_a_relay_that_is_not_there_is_not_sent(relay):
    error = failure(EmailChannel(relay.settings(port=free_port())))
    assert (error.certainty, error.permanent) == ("not_sent", False)


@pytest.mark.parametrize(("security", "user"), [("starttls", ""), ("none", "siaga")])
def test_a_relay_without_what_is_asked_of_it_is_a_matter_of_credentials(relay, security, user):
    channel = EmailChannel(relay.settings(security=security, user=user), "pass-9f2c")
    error = failure(channel)
    assert error.scope == "credentials"
    assert "pass-9f2c" not in f"{error!r}{channel!r}{channel.info}"
    assert relay.took == []


@pytest.mark.parametrize("verb", ["AUTH", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("code", [421, 451, 535, 550, 554])
def test_whatever_the_relay_says_of_an_error_no_secret_is_shown_and_it_is_asked_once(
    verb, code, caplog
):
    caplog.set_level("DEBUG")
    with mail_relay(login=True) as relay:
        relay.answers[verb] = [f"{code} no: {SECRET}; Kopi basi lagi"] * 5
        channel = EmailChannel(relay.settings(user="siaga"), SECRET)
        with pytest.raises(DeliveryError) as raised:
            channel.send(Delivery("k", TO, SAMPLE))
        assert (raised.value.certainty, raised.value.permanent) == ("not_sent", code >= 500)
        asked = 5 - len(relay.answers[verb])
        assert asked == 1 or (verb, asked) == ("AUTH", 2)  # smtplib tries the ways to log in
    shown = "".join(traceback.format_exception(raised.value))
    ours = [r.getMessage() for r in caplog.records if r.name != "mail.log"]  # the relay's own
    for text in (shown, repr(channel), *ours):
        assert SECRET not in text
        assert "Kopi basi lagi" not in text


@pytest.mark.parametrize("to", ["", "nobody", "a@b@c", "rina@example.com\r\nRCPT TO:<x@y.z>"])
def test_what_is_no_address_is_a_matter_of_the_destination(channel, relay, to):
    error = failure(channel, to=to)
    assert (error.permanent, error.scope) == (True, "destination")
    assert relay.took == []


def test_commands_are_marked_and_no_backtick_is_seen(channel, relay):
    told = replace(
        SAMPLE, how_to="To acknowledge: `siaga incident ack 42 <b>`.", why="An odd ` sign"
    )
    channel.send(Delivery("k", TO, told))
    (message,) = relay.took
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    assert "To acknowledge: siaga incident ack 42 <b>." in text
    assert "<code>siaga incident ack 42 &lt;b&gt;</code>" in html
    assert "An odd ` sign" in text

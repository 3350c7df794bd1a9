"""E-mail by the standard library's smtplib: one message a recipient, one connection a message.

SMTP's replies: RFC 5321 4.2 (4xx for now, 5xx for good). A reply that is lost after the message's
end leaves open whether it was taken (RFC 1047); nobody can be asked, so it is not sent again.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from threading import Timer

from alerting.channels.base import ChannelInfo, ChannelType, Delivery, DeliveryError
from alerting.channels.deadline import call_with_deadline
from alerting.channels.email.text import html_body, text_body
from alerting.channels.sanitize import cut, one_line
from alerting.model import Receipt
from monitor.clock import utc_now
from monitor.settings.addresses import ADDRESS, sender_of
from monitor.settings.model import EmailSettings


class EmailChannel:
    """One relay. A certificate that cannot be verified is refused, not ignored."""

    def __init__(self, settings: EmailSettings, password: str = "") -> None:
        seconds = settings.timeout.total_seconds()
        self.info = ChannelInfo("email", max_in_flight_s=4 * seconds + 30)
        self._settings, self._password, self._seconds = settings, password, seconds
        self._talk_s = 2 * seconds  # to be greeted, and again for all that follows

    def send(self, delivery: Delivery) -> Receipt:
        """Hand it to the relay, once."""
        message = compose(delivery, self._settings.sender)
        message["Date"] = utc_now()
        content = message.as_bytes(policy=SMTP)
        with self._relay() as relay:
            self._begin(relay)
            with _meaning("destination", _RECIPIENT):
                _expect(relay.rcpt(delivery.destination))
            with _meaning("message", handed_over=True):
                _expect(relay.data(content))
        return {"message_id": message["Message-ID"]}

    def update(self, receipt: Receipt, delivery: Delivery) -> Receipt:
        """A sent e-mail stays as it is."""
        raise DeliveryError("an e-mail cannot be changed", "not_sent", permanent=True)

    def find(self, delivery: Delivery, since: datetime) -> Receipt | None:
        """SMTP has no question for it."""
        raise DeliveryError("a mail relay cannot be asked what it took", "unknown")

    def try_out(self, destination: str) -> None:
        """Whether the relay answers, lets us in, and takes our sender and the recipient; a refusal
        for now (greylisting) is none. Nothing is sent. Raises DeliveryError."""
        with self._relay() as relay:
            self._begin(relay)
            answer = relay.rcpt(destination)
            if answer[0] >= 500:
                with _meaning("destination", _RECIPIENT):
                    _expect(answer)

    def _begin(self, relay: smtplib.SMTP) -> None:
        """Name the sender. Nothing is sent as long as nothing follows."""
        with _meaning("credentials", _SENDER):
            _expect(relay.mail(sender_of(self._settings.sender)[1]))

    @contextmanager
    def _relay(self) -> Iterator[smtplib.SMTP]:
        """A relay that has greeted us and knows who we are. Nothing is sent before that."""
        settings = self._settings
        with _meaning("credentials"):
            context = ssl.create_default_context()
            relay = call_with_deadline(self._talk_s, lambda: self._greeted(context))
        end = Timer(self._talk_s, _hang_up, (relay,))
        end.daemon = True
        end.start()
        try:
            with _meaning("credentials"):
                if settings.security == "starttls":
                    relay.starttls(context=context)
                relay.ehlo_or_helo_if_needed()
            if settings.user:
                with _meaning("credentials", _LOGIN):
                    relay.login(settings.user, self._password)
            yield relay
        finally:
            end.cancel()
            relay.close()

    def _greeted(self, context: ssl.SSLContext) -> smtplib.SMTP:
        host, port, seconds = self._settings.host, self._settings.port, self._seconds
        if self._settings.security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=seconds, context=context)
        return smtplib.SMTP(host, port, timeout=seconds)


def _hang_up(relay: smtplib.SMTP) -> None:
    """End a talk that goes on too long: a relay that drips never lets a socket time out. Whoever
    waits for it then sees a lost connection."""
    with suppress(OSError):
        if relay.sock is not None:
            relay.sock.shutdown(socket.SHUT_RDWR)


def _expect(answer: tuple[int, bytes]) -> None:
    code = answer[0]
    if code not in (250, 251):
        raise smtplib.SMTPResponseException(code, answer[1])


_ANSWERED = "the mail relay answered {code}"
_LOGIN = "the mail relay does not let us in ({code}); check email.user and SIAGA_SMTP_PASSWORD"
_SENDER = "the mail relay takes no mail from this sender ({code}); check email.sender"

_RECIPIENT = "the mail relay takes no mail for this address ({code})"


@contextmanager
def _meaning(scope: str, said: str = _ANSWERED, *, handed_over: bool = False) -> Iterator[None]:
    """Turn smtplib's errors into what they leave open; ``said`` tells of a refusal. Relays' texts
    may repeat addresses and passwords, so only the code is shown."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        final = 500 <= error.smtp_code < 600
        raise DeliveryError(
            said.format(code=error.smtp_code),
            "not_sent",
            permanent=final,
            scope=scope if final or scope != "credentials" else "",  # type: ignore[arg-type]
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise DeliveryError(
            "the mail relay offers no STARTTLS or no login; see email.security",
            "not_sent",
            permanent=True,
            scope="credentials",
        ) from None
    except ssl.SSLCertVerificationError:
        raise DeliveryError(
            "the mail relay's certificate is not trusted here",
            "not_sent",
            permanent=True,
            scope="credentials",
        ) from None
    except (OSError, smtplib.SMTPException) as error:
        lost = isinstance(error, TimeoutError | smtplib.SMTPServerDisconnected | ConnectionError)
        if handed_over and lost:
            raise DeliveryError(
                "the mail relay did not say whether it took the message", "unknown"
            ) from None
        raise DeliveryError(_unreached(error), "not_sent") from None


def _unreached(error: Exception) -> str:
    """Why there was no talk, with the settings it hangs on."""
    if isinstance(error, socket.gaierror):
        return "the mail relay's name cannot be resolved; check email.host"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens at the mail relay's port; check email.host and email.port"
    if isinstance(error, TimeoutError) or "timed out" in str(error):  # smtplib's own words
        return "the mail relay did not answer in time; check email.port and email.security"
    if isinstance(error, ssl.SSLError):
        return "the mail relay speaks no TLS at this port; check email.port and email.security"
    return f"the mail relay cannot be reached ({type(error).__name__})"


def message_id(key: str, sender: str) -> str:
    """The same for every attempt at one message, and without the recipient in clear."""
    domain = sender_of(sender)[1].rpartition("@")[2] or "localhost"
    return f"<{sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def compose(delivery: Delivery, sender: str) -> EmailMessage:
    """The message: text, and HTML beside it. Raises DeliveryError for an address that is none."""
    message = EmailMessage()
    name, address = sender_of(sender)
    try:
        message["From"] = Address(name, addr_spec=address)
        if not ADDRESS.fullmatch(delivery.destination):
            raise ValueError
        message["To"] = Address(addr_spec=delivery.destination)
    except (ValueError, IndexError, AttributeError) as error:
        raise DeliveryError(
            "this is no e-mail address", "not_sent", permanent=True, scope="destination"
        ) from error
    message["Subject"] = cut(one_line(delivery.notice.headline), 200)
    message["Message-ID"] = message_id(delivery.key, sender)
    message["Auto-Submitted"] = "auto-generated"
    if delivery.notice.kind == "digest":
        message["List-Unsubscribe"] = f"<mailto:{address}?subject=unsubscribe>"
    message.set_content(text_body(delivery), cte="quoted-printable")
    message.add_alternative(html_body(delivery), subtype="html", cte="quoted-printable")
    return message


EMAIL = ChannelType(
    "email",
    EmailSettings,
    lambda options, secrets: EmailChannel(options, secrets["password"]),
    secrets={"password": "SIAGA_SMTP_PASSWORD"},
)

"""The channel contract as tests. A plugin's own test is a subclass with three fixtures:
``channel``, ``destination`` and ``arrived`` (a function: the texts that came out at the other end).

A channel that calls somebody over HTTP is tried by ``HttpChannelContract`` too: see there.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from logging import LogRecord
from threading import Event, Thread

import pytest

from alerting.channels.base import Channel, Delivery, DeliveryError
from alerting.model import Notice, Quote, Target
from monitor.clock import monotonic, utc_now

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


SECRET = "k3epm3-" + "0123456789abcdef"
"""Given to the channel as its token, password or webhook path; it may be shown nowhere."""

TIMEOUT_S = 0.4

REFUSED = (400, 401, 403, 404, 405, 409, 410, 413, 415, 422)
FAILED = (408, 500, 502, 503, 504, 524)


class HttpChannelContract:
    """What a channel that calls somebody over HTTP makes of that side's faults. Two fixtures:

    ``made``         ``(base_url, secret, timeout_s) -> Channel``
    ``destination``  one that needs no look-up of its own
    """

    @pytest.fixture
    def far_side(self) -> Iterator[FarSide]:
        with FarSide() as far_side:
            yield far_side

    @pytest.fixture
    def said(self, caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
        """Every error of the test. In the end neither they nor the log may show what is secret."""
        caplog.set_level("DEBUG")
        shown: list[str] = []
        yield shown
        for text in (*shown, *(_logged(record) for record in caplog.records)):
            assert SECRET not in text, "the secret is shown"
            assert "Kopi basi lagi" not in text, "the message is shown"

    def _fails(
        self, made: Make, url: str, destination: str, said: list[str]
    ) -> tuple[Channel, DeliveryError]:
        channel = made(url, SECRET, TIMEOUT_S)
        said.append(f"{channel!r} {channel.info!r} {vars(channel).keys()}")
        error = _refused(lambda: channel.send(Delivery("contract:fault", destination, SAMPLE)))
        said.append("".join(traceback.format_exception(error)))
        return channel, error

    @pytest.mark.parametrize("status", REFUSED)
    def test_what_is_refused_is_surely_not_sent(
        self, status: int, made: Make, destination: str, far_side: FarSide, said: list[str]
    ) -> None:
        far_side.answers(status, f"no: {SECRET}")
        _, error = self._fails(made, far_side.url, destination, said)
        assert error.certainty == "not_sent"
        assert far_side.calls == 1, "retrying is the outbox's"

    @pytest.mark.parametrize("status", FAILED)
    def test_what_failed_over_there_may_have_been_sent(
        self, status: int, made: Make, destination: str, far_side: FarSide, said: list[str]
    ) -> None:
        far_side.answers(status, f"oops: {SECRET}")
        _, error = self._fails(made, far_side.url, destination, said)
        assert (error.certainty, error.permanent) == ("unknown", False)
        assert far_side.calls == 1, "retrying is the outbox's"

    @pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("", None), ("soon", None)])
    def test_a_rate_limit_says_how_long_to_wait(
        self,
        header: str,
        seconds: float | None,
        made: Make,
        destination: str,
        far_side: FarSide,
        said: list[str],
    ) -> None:
        far_side.answers(429, "slow down", {"Retry-After": header} if header else {})
        _, error = self._fails(made, far_side.url, destination, said)
        assert (error.certainty, error.permanent) == ("not_sent", False)
        assert error.retry_after is not None
        assert 1 <= error.retry_after <= 3600
        assert seconds is None or error.retry_after == seconds

    @pytest.mark.parametrize("status", [301, 302, 307, 308])
    def test_a_redirect_is_not_success_and_does_not_get_the_secret(
        self, status: int, made: Make, destination: str, far_side: FarSide, said: list[str]
    ) -> None:
        with FarSide() as elsewhere:
            elsewhere.answers(200, '{"ok": true}')
            far_side.answers(status, "moved", {"Location": f"{elsewhere.url}/taken"})
            self._fails(made, far_side.url, destination, said)
            assert not [told for told in elsewhere.told if SECRET in told]

    @pytest.mark.parametrize("fault", ["drop", "hang", "drip"])
    def test_an_answer_that_never_came_leaves_it_open_and_ends_in_time(
        self, fault: str, made: Make, destination: str, far_side: FarSide, said: list[str]
    ) -> None:
        far_side.misbehaves(fault)
        began = monotonic()
        channel, error = self._fails(made, far_side.url, destination, said)
        assert (error.certainty, error.permanent) == ("unknown", False)
        assert monotonic() - began <= channel.info.max_in_flight_s + 1
        assert far_side.calls == 1, "retrying is the outbox's"

    def test_where_nobody_listens_nothing_is_sent(
        self, made: Make, destination: str, said: list[str]
    ) -> None:
        _, error = self._fails(made, "http://127.0.0.1:1", destination, said)
        assert (error.certainty, error.permanent) == ("not_sent", False)


Make = Callable[[str, str, float], Channel]


class FarSide:
    """The other side of a channel, on this machine: it answers as it was told, for every call."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self._answer: tuple[int, bytes, Mapping[str, str]] = (200, b"", {})
        self._fault = ""
        self._over = Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def calls(self) -> int:
        return len(self.told)

    def answers(self, status: int, body: str, headers: Mapping[str, str] | None = None) -> None:
        """Answer every call so."""
        self._answer, self._fault = (status, body.encode(), headers or {}), ""

    def misbehaves(self, fault: str) -> None:
        """Take the call, then ``drop`` it, ``hang``, or ``drip`` one byte now and then."""
        self._fault = fault

    def __enter__(self) -> FarSide:
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        far_side = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None: ...

            def _take(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length).decode("utf-8", "replace")
                far_side.told.append(f"{self.path}\n{self.headers}\n{body}")
                with suppress(OSError):
                    self._tell()

            do_GET = do_POST = do_PUT = _take  # noqa: N815 (http.server's names)

            def _tell(self) -> None:
                status, body, headers = far_side._answer
                if far_side._fault == "hang":
                    far_side._over.wait(60)
                if far_side._fault in ("drop", "hang"):
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                while far_side._fault == "drip" and not far_side._over.wait(0.05):
                    self.wfile.write(b" ")
                self.wfile.write(body)

        return Handler


def _logged(record: LogRecord) -> str:
    trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
    return f"{record.getMessage()}\n{trace}"


def _refused(call: Callable[[], object]) -> DeliveryError:
    try:
        call()
    except DeliveryError as error:
        return error
    raise AssertionError("this channel cannot do that, and must say so")

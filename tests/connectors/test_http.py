"""One way to the network: bounded in time and size, its failures named, its secrets kept."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connectors.base import RateLimited, Rejected, Unauthorized, Unavailable
from connectors.kit import http
from connectors.kit.html_text import text_from_html
from connectors.kit.inside import LedInside, check_redirect
from connectors.kit.loopback import LoopbackServer, Reply, Request
from connectors.kit.unpack import unpacker

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(lambda _: Reply("ok")) as server:
        yield server


@contextmanager
def peak_memory() -> Iterator[Callable[[], int]]:
    """How many bytes were in use at most within the block, beyond those before it."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def test_a_permanent_move_is_told_and_a_temporary_one_is_not(server: LoopbackServer) -> None:
    def moved(status: int) -> str:
        def answer(asked: Request) -> Reply:
            if asked.path == "/new":
                return Reply("here")
            return Reply(status=status, headers={"location": "/new"})

        server.answer = answer
        return http.fetch(server.url, redirects=3).moved_to

    assert moved(301) == f"{server.url}/new"
    assert moved(302) == ""


@pytest.mark.parametrize(
    ("asked", "host", "may"),
    [
        ("127.0.0.1", "localhost", True),
        ("10.0.0.5", "192.168.1.1", True),
        ("10.0.0.5", "93.184.215.14", True),
        ("93.184.215.14", "1.1.1.1", True),
        ("93.184.215.14", "127.0.0.1", False),
        ("93.184.215.14", "2130706433", False),
        ("93.184.215.14", "127.1", False),
        ("93.184.215.14", "localhost", False),
        ("93.184.215.14", "::1", False),
        ("93.184.215.14", "::ffff:10.0.0.1", False),
        ("93.184.215.14", "100.64.0.1", False),
        ("127.0.0.1", "169.254.169.254", False),
        ("127.0.0.1", "fe80::1", False),
    ],
)
def test_a_redirect_leads_nobody_from_outside_in(asked: str, host: str, may: bool) -> None:
    def checked() -> None:
        asyncio.run(check_redirect(asked, host))

    if may:
        checked()
    else:
        with pytest.raises(LedInside):
            checked()


def test_a_redirect_to_a_cloud_s_data_is_not_followed(server: LoopbackServer) -> None:
    to = {"location": "http://169.254.169.254/latest/meta-data/"}
    server.answer = lambda _: Reply(status=301, headers=to)
    with pytest.raises(Unavailable, match="inside our own network"):
        http.fetch(server.url, redirects=3)


def test_a_redirect_without_an_end_is_unavailable(server: LoopbackServer) -> None:
    server.answer = lambda _: Reply(status=302, headers={"location": "/again"})
    with pytest.raises(Unavailable, match="redirects in a circle"):
        http.fetch(server.url, redirects=3)
    assert len(server.requests) == 4


def test_what_keeps_us_from_a_host_is_told_by_who_can_mend_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def lost(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", lost)
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            patched.delenv(name, raising=False)
        with pytest.raises(Unavailable, match="its name is not found"):
            http.fetch("http://news.example/feed")
    with monkeypatch.context() as patched:
        patched.setenv("http_proxy", "http://127.0.0.1:1")
        patched.setenv("no_proxy", "")
        with pytest.raises(Unavailable, match="cannot be reached: the proxy on the way"):
            http.fetch("http://news.example/feed")
    with served_by_ourselves(tmp_path / "pem") as url, pytest.raises(Unavailable) as error:
        http.fetch(url)
    assert "shows a certificate that is not valid (self-signed certificate)" in str(error.value)


@contextmanager
def served_by_ourselves(pem: Path) -> Iterator[str]:
    """The address of a server whose certificate nobody else has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    made = made.public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(NOW - timedelta(days=365)).not_valid_after(datetime.max)
    pem.write_bytes(
        made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            with suppress(OSError):
                context.wrap_socket(listening.accept()[0], server_side=True).close()

        Thread(target=answer, daemon=True).start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}/"


def test_a_redirect_away_from_http_is_rejected(server: LoopbackServer) -> None:
    server.answer = lambda _: Reply(status=302, headers={"location": "ftp://127.0.0.1/x"})
    with pytest.raises(Rejected, match="not http or https"):
        http.fetch(server.url, redirects=3)


def test_a_body_that_unpacks_beyond_the_limit_is_refused(server: LoopbackServer) -> None:
    bomb = gzip.compress(b" " * (8 << 20))
    server.answer = lambda _: Reply(bomb, headers={"content-encoding": "gzip"})
    with pytest.raises(Unavailable, match="sent more than 1 MiB"):
        http.fetch(server.url, max_bytes=1 << 20)


def twice_packed(megabytes: int) -> bytes:
    """A few hundred bytes that unpack, twice, to so many megabytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    inner = b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()
    return gzip.compress(inner, 9)


@pytest.mark.parametrize("encoding", ["gzip, gzip", "GZIP,gzip", "deflate, gzip", "br, gzip, gzip"])
def test_a_body_packed_more_than_once_is_refused_before_it_is_unpacked(
    server: LoopbackServer, encoding: str
) -> None:
    server.answer = lambda _: Reply(twice_packed(64), headers={"content-encoding": encoding})
    with peak_memory() as peak, pytest.raises(Unavailable, match="packed more than once"):
        http.fetch(server.url)
    assert peak() < 20 << 20


def deflated(data: bytes, bits: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    return packer.compress(data) + packer.flush()


FEED = b"<rss>" + b"kopi senja " * 60_000 + b"</rss>"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", b"".join(gzip.compress(FEED[n : n + 9_000]) for n in range(0, len(FEED), 9_000))),
        ("x-gzip", gzip.compress(FEED)),
        ("gzip, identity", gzip.compress(FEED) + b"\0" * 512),
        ("deflate", deflated(FEED, 15)),
        ("Deflate", deflated(FEED, -15)),
        ("", FEED),
    ],
)
def test_a_body_is_unpacked_to_its_end_however_it_is_cut(encoding: str, body: bytes) -> None:
    for size in (1, 7, 1 << 16):
        found = unpacker(encoding.split(","))
        cut = body if size > 1 else body[:20_000]
        pieces = [cut[n : n + size] for n in range(0, len(cut), size)]
        made = b"".join(one for piece in pieces for one in found.feed(piece))
        assert made == FEED or (size == 1 and FEED.startswith(made) and made)


@pytest.mark.parametrize(
    ("encoding", "body", "said"),
    [
        ("br", b"\x1b\xff", "a way we had not asked for"),
        ("zstd", b"\x28\xb5\x2f\xfd", "a way we had not asked for"),
        ("gzip", b"<rss/>", "cannot be unpacked"),
        ("gzip", gzip.compress(b"x") * 20_000, "cannot be unpacked"),
        ("deflate", b"\xff" * 50, "cannot be unpacked"),
    ],
)
def test_what_cannot_be_unpacked_is_said(
    server: LoopbackServer, encoding: str, body: bytes, said: str
) -> None:
    server.answer = lambda _: Reply(body, headers={"content-encoding": encoding})
    with pytest.raises(Unavailable, match=said):
        http.fetch(server.url)


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:99999/", f"http://xn--{'a' * 300}.example/"]
)
def test_a_redirect_to_no_address_is_rejected(server: LoopbackServer, location: str) -> None:
    server.answer = lambda _: Reply(status=301, headers={"location": location})
    with pytest.raises(Rejected, match="an address that is none"):
        http.fetch(server.url, redirects=3)


def test_the_body_of_a_redirect_is_never_unpacked(server: LoopbackServer) -> None:
    bomb = gzip.compress(bytes(64 << 20))

    def answer(request: Request) -> Reply:
        if request.path == "/new":
            return Reply("here")
        return Reply(bomb, 301, {"location": "/new", "content-encoding": "gzip"})

    server.answer = answer
    with peak_memory() as peak:
        assert http.fetch(server.url, redirects=3).body == b"here"
    assert peak() < 20 << 20


def test_a_slow_drip_ends_at_the_total_deadline(server: LoopbackServer) -> None:
    server.answer = lambda _: Reply(misbehave="drip")
    with pytest.raises(Unavailable, match="did not answer in time"):
        http.fetch(server.url, total_s=0.3)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "senja.example", "http://", "http://[::1"])
def test_what_is_no_web_address_is_rejected(url: str) -> None:
    with pytest.raises(Rejected, match="must begin with http"):
        http.fetch(url)


@pytest.mark.parametrize("token", ["abc\ndef-secret", "geheim–secret"])
def test_a_token_that_cannot_be_sent_is_not_shown(server: LoopbackServer, token: str) -> None:
    with pytest.raises(Unauthorized) as caught:
        http.fetch(server.url, headers={"authorization": f"Bearer {token}"})
    assert "secret" not in repr(caught.value)


@pytest.mark.parametrize(
    ("headers", "retry_at"),
    [
        ({"retry-after": "120"}, NOW + timedelta(minutes=2)),
        ({"retry-after": "Mon, 02 Mar 2026 13:00:00 GMT"}, NOW + timedelta(hours=1)),
        ({"x-rate-limit-reset": "1772455500"}, NOW + timedelta(minutes=45)),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_when_to_ask_again_is_read_from_either_header(
    headers: dict[str, str], retry_at: datetime | None
) -> None:
    error = http.failure(http.Response(429, headers, b"", "x.example"), NOW)
    assert isinstance(error, RateLimited)
    assert error.retry_at == retry_at


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (401, Unauthorized, "token"),
        (402, Unauthorized, "credits"),
        (403, Unauthorized, "permission"),
        (404, Rejected, ""),
        (410, Rejected, ""),
        (400, Rejected, ""),
        (408, Unavailable, ""),
        (500, Unavailable, ""),
        (503, Unavailable, ""),
        (302, Unavailable, ""),
    ],
)
def test_each_status_says_what_to_do_next(status: int, kind: type, reason: str) -> None:
    error = http.failure(http.Response(status, {}, b"", "x.example"), NOW)
    assert type(error) is kind
    assert getattr(error, "reason", "") == reason


def test_nobody_s_address_and_no_secret_is_repeated_of_what_a_platform_said() -> None:
    said = "budi.s+ig@kopi-senja.co.id (key k-123456) lost access; see https://x.example/a?sig=1"
    told = http.redact(said, {"key": "k-123456"})
    assert told == "*** (key ***) lost access; see https://x.example/a?…"


def test_success_and_not_modified_are_no_failures() -> None:
    assert http.failure(http.Response(200, {}, b"", "x.example"), NOW) is None
    assert http.failure(http.Response(304, {}, b"", "x.example"), NOW) is None


def test_markup_becomes_text_and_scripts_disappear() -> None:
    told = "<p>Kopi <b>Senja</b> &amp; teman</p><script>alert('x')</script><p>dua<br>tiga</p>"
    assert text_from_html(told) == "Kopi Senja & teman\ndua\ntiga"
    assert text_from_html("3 < 5 &lt;b&gt;") == "3 < 5 <b>"
    assert text_from_html("tanpa markup &amp; biasa") == "tanpa markup & biasa"
    assert text_from_html("<style>p{}</style><p") in ("", "<p")
    assert text_from_html("<style>p{}</style><![CDATA[said]]>") == "said"

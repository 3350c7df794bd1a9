"""Feeds whose entries leave an element open: each entry behind it is read all the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from connectors.kit.loopback import LoopbackServer, Reply
from connectors.rss.connector import Rss, RssOptions
from connectors.rss.mended import mended
from connectors.testing import drain, source_spec

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

WHEN = "<pubDate>Mon, 02 Mar 2026 09:00:00 GMT</pubDate>"
BEHIND = f"<item><title>Kopi Senja keracunan</title><description>x</description>{WHEN}</item>"

LEFT_OPEN = [
    f"<item><title>Pertama</title><description>kopi senja enak{WHEN}</item>",
    f"<item><title>Pertama</title>{WHEN}<description>kopi senja enak</item>",
    f"<item><title>Pertama<description>kopi senja enak</description>{WHEN}</item>",
    f"<item><title>Pertama</title><description>kopi senja</descripton>{WHEN}</item>",
    f"<item><title>Pertama</title><content:encoded>kopi senja enak{WHEN}</item>",
    "<item><title>Pertama</title><description>x</description><pubDate>Mon, 02 Mar 2026</item>",
    f"<item><title>Pertama</title><description><![CDATA[kopi senja</description>{WHEN}</item>",
]


def feed(items: str) -> str:
    space = "xmlns:content='http://purl.org/rss/1.0/modules/content/'"
    return f"<rss version='2.0' {space}><channel><title>Koran</title>{items}</channel></rss>"


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(lambda _: Reply(status=404)) as server:
        yield server


@pytest.mark.parametrize("entry", LEFT_OPEN)
def test_an_element_that_is_left_open_takes_no_entry_with_it(
    server: LoopbackServer, entry: str
) -> None:
    server.answer = lambda _: Reply(feed(entry + BEHIND), headers={"content-type": "text/xml"})
    made = Rss(RssOptions(url=f"{server.url}/rss/feed.xml"), {})
    (page,) = drain(made, source_spec(now=NOW))
    assert [mention.title for mention in page.mentions] == ["Pertama", "Kopi Senja keracunan"]


@pytest.mark.parametrize(
    "text",
    [
        feed(BEHIND * 3),
        feed("<item><title>a</title><description/><link>https://example.org</link></item>"),
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>a</title><entry><title type='html'>b"
        "</title><author><name>c</name></author><summary type='xhtml'><div><p>d</p></div></summary>"
        "</entry></feed>",
        feed(
            "<item><title><![CDATA[a <b>]]></title><description><![CDATA[<title>]]></description>"
            "</item>"
        ),
    ],
)
def test_what_is_closed_stays_as_it_is(text: str) -> None:
    assert mended(text) == text


@pytest.mark.parametrize(
    "junk", ["<title>", "<![CDATA[", "<item><title>", "<title ", "<!--", "<item><title><![CDATA["]
)
def test_a_million_letters_that_are_never_closed_are_gone_through_once(junk: str) -> None:
    text = feed(junk * (1_000_000 // len(junk)))  # a square of it would take a day
    assert len(mended(text)) >= len(text)

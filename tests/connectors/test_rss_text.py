"""All that an entry says is read, in whatever form and encoding, and nothing freezes on it."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Unavailable
from connectors.kit.html_text import MAX_TEXT, text_from_html
from connectors.kit.loopback import LoopbackServer, Reply
from connectors.rss import parse
from connectors.rss.connector import Rss, RssOptions
from connectors.testing import drain, source_spec
from monitor.model import Mention
from monitor.query.parse import parse as parse_query

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONTENT = "xmlns:content='http://purl.org/rss/1.0/modules/content/'"


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(lambda _: Reply(status=404)) as server:
        yield server


def read(server: LoopbackServer, body: str | bytes, kind: str = "text/xml") -> list[Mention]:
    server.answer = lambda _: Reply(body, headers={"content-type": kind})
    made = Rss(RssOptions(url=f"{server.url}/rss/feed.xml"), {})
    (page,) = drain(made, source_spec(now=NOW))
    return list(page.mentions)


def rss(items: str) -> str:
    return f"<rss version='2.0' {CONTENT}><channel><link>https://m.example/</link>{items}</channel></rss>"


def case(shared: Path, name: str) -> Any:
    spec = importlib.util.spec_from_file_location("case", shared / "cases/ingest" / name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_brand_is_found_wherever_an_article_names_it(
    server: LoopbackServer, shared: Path
) -> None:
    status, headers, body = case(shared, "feed-text-lost-server.py").answer("/", {}, {})
    mentions = read(server, body, headers["content-type"])
    query = parse_query('"kopi senja"')
    assert status == 200
    assert len(mentions) == 8
    assert all(query.matches(m) for m in mentions)
    assert {m.url for m in mentions} >= {"https://m.example/berita/9", "https://m.example/9"}


@pytest.mark.parametrize(
    "texts",
    [
        ("<description>Ringkasan</description><content:encoded>Kopi Senja basi</content:encoded>"),
        ("<content:encoded>Kopi Senja basi</content:encoded><description>Ringkasan</description>"),
        ("<description>Ringkasan … Kopi Senja basi</description>"),
    ],
)
def test_the_whole_content_is_read_beside_the_summary(server: LoopbackServer, texts: str) -> None:
    (mention,) = read(server, rss(f"<item><title>Bisnis</title>{texts}</item>"))
    assert "Kopi Senja basi" in mention.text
    assert "Ringkasan" in mention.text


def test_a_summary_that_the_content_begins_with_is_not_read_twice(server: LoopbackServer) -> None:
    item = (
        "<item><title>T</title><description>Kopi Senja basi …</description>"
        "<content:encoded>Kopi Senja basi dan kotor</content:encoded></item>"
    )
    (mention,) = read(server, rss(item))
    assert mention.text == "Kopi Senja basi dan kotor"


def test_html_that_was_escaped_once_too_often_is_text(server: LoopbackServer) -> None:
    body = "&amp;lt;p&amp;gt;kopi &amp;lt;b&amp;gt;senja&amp;lt;/b&amp;gt; basi&amp;lt;/p&amp;gt;"
    item = f"<item><title>A &lt; B</title><description>{body}</description></item>"
    (mention,) = read(server, rss(item))
    assert (mention.title, mention.text) == ("A < B", "kopi senja basi")


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("H&M & Kopi &amp; Teh &#38; Susu &eacute;", "H&M & Kopi & Teh & Susu é"),
        ("<![CDATA[H&M &amp; Kopi]]>", "H&M & Kopi"),
        ("Kopi\x01 \x0bSenja", "Kopi Senja"),
    ],
)
def test_what_xml_does_not_allow_changes_no_name(
    server: LoopbackServer, written: str, title: str
) -> None:
    assert [m.text for m in read(server, rss(f"<item><title>{written}</title></item>"))] == [title]


BROKEN = (
    "<category>a&nbsp;b &hellip; &LT;b&GT; &kopi;</category>",
    "<media:content url='x'/>",
    "<category>2 < 3</category>",
    "<category>x",
    "<gml:posList>1 2 3</gml:posList>",
    "<category>&#0; &#xD800; &#x110000; &#65534;</category>",
    "<category>&#55357;&#56832;</category>",
)
"""What feedparser's strict reading does not take, and the second entry of one of these feeds."""


def test_what_is_broken_in_one_entry_changes_no_other_and_no_name(server: LoopbackServer) -> None:
    named = (
        "<item><title>Kopi &amp; teh &#xD83D;&#xDE00;</title><guid>https://m.example/?a=1&amp;b=2"
        "</guid><pubDate>2 Maret 2026&amp;nbsp;17:30 WIB</pubDate></item>"
    )
    (whole,) = read(server, rss(named))
    assert (whole.title or whole.text) == "Kopi & teh \U0001f600"
    assert whole.url == "https://m.example/?a=1&b=2"
    assert whole.published_at == datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
    for broken in BROKEN:
        other = f"<item><title>lain</title><guid>lain</guid>{broken}</item>"
        assert whole in read(server, rss(named + other)), broken


@pytest.mark.parametrize(
    "author", ["<author>redaksi@m.example (Budi)</author>", "<author>Budi</author>"]
)
def test_an_author_is_a_name_without_an_address(server: LoopbackServer, author: str) -> None:
    (mention,) = read(server, rss(f"<item><title>Kopi</title>{author}</item>"))
    assert mention.author
    assert mention.author.handle == "Budi"


def test_a_json_feed_s_author_is_that_of_its_items(server: LoopbackServer) -> None:
    items = [{"id": "1", "title": "a"}, {"id": "2", "title": "b", "author": {"name": "Siti"}}]
    feed = {"version": "https://jsonfeed.org/version/1", "author": {"name": "Budi"}, "items": items}
    told = read(server, json.dumps(feed), "application/feed+json")
    assert sorted(m.author.handle for m in told if m.author) == ["Budi", "Siti"]


def test_only_google_news_ends_titles_with_the_publisher(server: LoopbackServer) -> None:
    item = (
        "<item><title>Tutup - Kopi Senja</title><source url='https://k.example'>Kopi Senja</source>"
    )
    more = "<description>Tutup: Kopi Senja dilarang</description></item>"
    (mention,) = read(server, rss(item + more))
    assert (mention.title, mention.text) == ("Tutup - Kopi Senja", "Tutup: Kopi Senja dilarang")
    server.answer = lambda _: Reply(rss(item + "</item>"))
    google = Rss(RssOptions(google_news="x", google_url=server.url), {})
    (page,) = drain(google, source_spec(now=NOW, languages=("id",)))
    assert [m.text for m in page.mentions] == ["Tutup"]


def test_blocks_and_cells_keep_words_apart() -> None:
    told = "<table><tr><td>Kopi</td><td>Senja</td></tr><tr><th>a</th><td>b</td></tr></table>"
    assert text_from_html(told) == "Kopi Senja\na b"
    for tag in ("p", "div", "li", "section", "article", "h6", "dd", "figcaption", "option", "pre"):
        assert text_from_html(f"<{tag}>Kopi</{tag}><{tag}>Senja</{tag}>") == "Kopi\nSenja"
    assert text_from_html("Ko<b>pi</b> <i>Sen</i>ja<script/> basi") == "Kopi Senja basi"


@pytest.mark.parametrize(
    "junk", ["<!--", "<!", "<?", "</", "<a ", "<a b='", "<![CDATA[", "<script/>", "&#", '<a"']
)
def test_markup_that_is_never_closed_freezes_nobody(junk: str) -> None:
    # the standard library's parser takes minutes for some of these
    assert text_from_html(f"<p>Kopi</p>{junk * 100_000}").startswith("Kopi")


@pytest.mark.parametrize("junk", ["<!-- ", "<!", "<a ", "<![CDATA[", "<script/>", "< ", "<3"])
def test_markup_that_is_never_closed_hides_nothing(junk: str) -> None:
    assert text_from_html(f"<p>Kopi</p>{junk}Senja").endswith("Senja")


def test_tags_are_stripped_before_the_text_is_cut() -> None:
    assert text_from_html(f"<img src='data:{'A' * 25_000}'/>Kopi Senja") == "Kopi Senja"
    assert len(text_from_html("<b>kata</b> " * 10_000)) == MAX_TEXT


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/berita/9", "https://m.example/berita/9"),
        ("berita/9", "https://m.example/berita/9"),
        ("//n.example/9", "https://n.example/9"),
        ("HTTPS://N.example/9", "https://N.example/9"),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_links_are_whole(server: LoopbackServer, link: str, url: str) -> None:
    (mention,) = read(server, rss(f"<item><title>T</title><link>{link}</link></item>"))
    assert mention.url == url


def test_a_link_without_a_home_page_is_relative_to_the_feed(server: LoopbackServer) -> None:
    body = "<rss version='2.0'><channel><item><title>T</title><link>9</link></item></channel></rss>"
    assert read(server, body)[0].url == f"{server.url}/rss/9"


def test_a_link_that_only_counts_its_followers_is_where_it_leads(server: LoopbackServer) -> None:
    google = "https://www.google.com/url?sa=t&amp;url=https%3A%2F%2Fn.example%2F9&amp;ct=ga"
    burner = "<b:origLink xmlns:b='http://rssnamespace.org/feedburner/ext/1.0'>https://n.example/9</b:origLink>"
    for item in (f"<link>{google}</link>", f"<link>https://f.example/1</link>{burner}"):
        (mention,) = read(server, rss(f"<item><title>T</title>{item}</item>"))
        assert mention.url == "https://n.example/9"


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("shift_jis", "コピ・センジャの店でゴキブリが見つかった"),
        ("euc_jp", "コピ・センジャの店でゴキブリが見つかった"),
        ("gb18030", "食品安全问题：咖啡店被消费者投诉"),
        ("euc_kr", "커피숍에서 바퀴벌레가 발견되어 조사 중"),
        ("cp1252", "Café “Senja” – parah"),
    ],
)
@pytest.mark.parametrize("declared", ["", "utf-8", "its own", "x-unknown"])
def test_titles_are_read_in_any_encoding(
    server: LoopbackServer, encoding: str, title: str, declared: str
) -> None:
    name = encoding if declared == "its own" else declared
    head = f"<?xml version='1.0' encoding='{name}'?>" if name else ""
    body = (head + rss(f"<item><title>{title}</title></item>")).encode(encoding)
    assert [m.text for m in read(server, body)] == [title]


JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Harian",
    "home_page_url": "https://m.example/",
    "items": [
        {
            "id": "1",
            "url": "/1",
            "title": "Bisnis",
            "content_html": "<p>Kopi <b>Senja</b></p>",
            "date_published": "2026-03-02T18:00:00+07:00",
            "authors": [{"name": "Redaksi"}],
        },
        {
            "id": 2,
            "external_url": "https://n.example/2",
            "content_text": "3 < 5 Kopi",
            "date_published": "2026-03-02T11:30:00Z",
            "author": {"name": "Lama"},
        },
        {"id": "3"},
        "bukan",
        None,
    ],
}


@pytest.mark.parametrize("kind", ["application/feed+json", "application/json", "text/plain"])
@pytest.mark.parametrize("mark", ["", "\ufeff\n"])
def test_json_feeds_are_read(server: LoopbackServer, kind: str, mark: str) -> None:
    first, second = read(server, f"{mark}{json.dumps(JSON_FEED)}", kind)
    assert (first.title, first.text, first.url) == ("Bisnis", "Kopi Senja", "https://m.example/1")
    assert first.published_at == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert first.author is not None
    assert first.author.handle == "Redaksi"
    assert (second.text, second.url) == ("3 < 5 Kopi", "https://n.example/2")


LONG = "a." * 30_000


@pytest.mark.parametrize(
    "item",
    [
        f"<author>{LONG}</author>",
        f"<author><![CDATA[{LONG}]]></author>",
        f"<dc:creator xmlns:dc='http://purl.org/dc/elements/1.1/'>{LONG}</dc:creator>",
        f"<pubDate>{LONG}</pubDate>",
        f"<guid>{LONG}</guid>",
        f"<link>https://m.example/{LONG}</link>",
        f"<source url='https://m.example'>{LONG}</source>",
    ],
)
def test_a_field_of_absurd_length_costs_nothing(server: LoopbackServer, item: str) -> None:
    (mention,) = read(server, rss(f"<item><title>Kopi Senja</title>{item}</item>"))
    assert mention.text == "Kopi Senja"
    assert len(mention.external_id) <= 200
    assert mention.author is None or len(mention.author.handle) <= 200


def test_a_feed_that_freezes_its_reader_is_unavailable_and_the_next_is_read(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse, "PARSE_S", 0.01)
    deep = "<a>" * 3_000_000
    with pytest.raises(Unavailable, match="cannot be read"):
        read(server, f"<rss version='2.0'><channel>{deep}")
    monkeypatch.undo()
    assert read(server, rss("<item><title>Kopi Senja</title></item>"))

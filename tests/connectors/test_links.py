"""Two ways to one page are one address, and a page belongs to whoever owns its host."""

from __future__ import annotations

import pytest

from connectors.kit.links import absolute, canonical, site_of

BASE = "https://m.example/rss/feed.xml"


@pytest.mark.parametrize(
    ("link", "whole"),
    [
        ("https://m.example/1", "https://m.example/1"),
        ("HTTPS://m.example/1", "https://m.example/1"),
        ("/berita/9", "https://m.example/berita/9"),
        ("berita/9", "https://m.example/rss/berita/9"),
        ("//n.example/9", "https://n.example/9"),
        ("?p=9", "https://m.example/rss/feed.xml?p=9"),
        (" \nhttps://m.example/a b ", "https://m.example/a%20b"),
        ("javascript:alert(1)", ""),
        ("mailto:a@m.example", ""),
        ("file:///etc/passwd", ""),
        ("http://[::1", ""),
        ("tag:m.example,2026:1", ""),
    ],
)
def test_links_are_made_whole_or_dropped(link: str, whole: str) -> None:
    assert absolute(link, BASE) == whole


def test_a_link_is_relative_to_the_first_base_that_is_an_address() -> None:
    assert absolute("/9", "", "not an address", BASE) == "https://m.example/9"
    assert absolute("/9") == ""


@pytest.mark.parametrize(
    "link",
    [
        "http://www.m.example/berita/9",
        "https://m.example/berita/9/",
        "https://m.example/berita/9#x",
        "https://m.example/berita/9?utm_source=rss&utm_medium=feed",
        "https://M.example:443/berita/9",
        "https://m.example/berita/9?fbclid=abc",
        "https://m.example/berita/9/amp",
        "https://m.example/amp/berita/9/",
        "https://m.example/berita/9.amp",
        "https://m.example/berita/9?amp=1&utm_source=x",
        "https://m.example/berita/9?outputType=amp",
        "https://m.example/berita/9?page=all",
        "https://www.google.com/amp/s/m.example/berita/9",
        "https://m-example.cdn.ampproject.org/c/s/m.example/berita/9/amp",
        "https://www.google.com/url?rct=j&sa=t&url=https%3A%2F%2Fm.example%2Fberita%2F9&ct=ga",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fm.example%2Fberita%2F9&h=x",
    ],
)
def test_two_ways_to_one_page_are_one_address(link: str) -> None:
    assert canonical(link) == "https://m.example/berita/9"


@pytest.mark.parametrize("label", ["m", "amp", "mobile", "www"])
def test_the_pages_for_phones_are_those_of_their_owner(label: str) -> None:
    assert canonical(f"https://{label}.harian.example/9") == "https://harian.example/9"


@pytest.mark.parametrize("host", ["m.id", "m.co.id", "m.blogspot.com", "amp.example"])
def test_an_owner_of_a_short_name_keeps_it(host: str) -> None:
    assert canonical(f"https://{host}/9") == f"https://{host}/9"


def test_what_tells_pages_apart_is_kept() -> None:
    assert canonical("https://m.example/?p=9") != canonical("https://m.example/?p=8")
    assert canonical("https://m.example:8080/9") != canonical("https://m.example/9")
    assert canonical("7") == ""


@pytest.mark.parametrize(
    ("link", "site"),
    [
        ("https://www.tekno.kompas.com/1", "kompas.com"),
        ("https://rss.detik.com/", "detik.com"),
        ("https://berita.harian.co.id/1", "harian.co.id"),
        ("https://a.b.sch.id/", "b.sch.id"),
        ("https://kopi.blogspot.com/1", "kopi.blogspot.com"),
        ("https://bbc.co.uk/1", "bbc.co.uk"),
        ("http://127.0.0.1:8080/feed", "127.0.0.1:8080"),
        ("http://localhost:80/", "localhost:80"),
        ("kopi", ""),
        ("https://m.example:nan/", ""),
    ],
)
def test_a_page_belongs_to_the_owner_of_its_host(link: str, site: str) -> None:
    assert site_of(link) == site

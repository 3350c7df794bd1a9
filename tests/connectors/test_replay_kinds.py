"""Kinds of dates, links and names that files of strangers held, each in the smallest file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes.replayed import T0, X, mentions, read

from connectors.replay.preview import preview

OTHER = "https://x.com/budi/status/2"


def table(*rows: str, head: str = "date,author,text,url") -> str:
    return "\n".join([head, *rows, ""])


@pytest.mark.parametrize(
    ("first", "second", "then"),
    [
        ("2026-02-03 07:01", "2026-22-03 07:02", datetime(2026, 3, 22, 7, 2, tzinfo=UTC)),
        ("2026/02/03 07:01", "2026/31/03 07:02", datetime(2026, 3, 31, 7, 2, tzinfo=UTC)),
        ("2026.2.3 07:01", "2026.13.3 07:02", datetime(2026, 3, 13, 7, 2, tzinfo=UTC)),
        ("2026-03-02 07:01", "2026-03-22 07:02", datetime(2026, 3, 22, 7, 2, tzinfo=UTC)),
        ("26.03.02 07:01", "26.03.22 07:02", datetime(2026, 3, 22, 7, 2, tzinfo=UTC)),
        ("20260302 0701", "20260322 0702", datetime(2026, 3, 22, 7, 2, tzinfo=UTC)),
        ("20260302-070100", "20260322-070200", datetime(2026, 3, 22, 7, 2, tzinfo=UTC)),
    ],
)
def test_the_order_of_a_date_is_the_one_that_all_rows_allow(
    tmp_path: Path, first: str, second: str, then: datetime
) -> None:
    found = mentions(tmp_path / "a.csv", table(f"{first},a,kopi,{X}", f"{second},b,teh,{OTHER}"))
    assert [mention.published_at for mention in found] == [T0, then]


def test_links_are_found_where_no_name_tells_them_and_it_is_said(tmp_path: Path) -> None:
    head = "foto,date,author,text,kolom1"
    rows = (f"https://i.example/{n}.jpg,2026-03-02 07:0{n},a,kopi,{X}{n}" for n in (1, 2))
    reader = read(tmp_path / "a.csv", table(*rows, head=head))
    assert [reader.mention(n).url for n in (0, 1)] == [f"{X}1", f"{X}2"]
    assert reader.mention(0).platform == "x"
    assert "url = kolom1 (by what is in it)" in "\n".join(preview(reader.options))


def test_links_that_are_the_same_in_rows_are_no_posts(tmp_path: Path) -> None:
    head = "date,author,text,kolom1"
    rows = (f"2026-03-02 07:0{n},a,kopi,https://x.com/a" for n in (1, 2))
    assert mentions(tmp_path / "a.csv", table(*rows, head=head))[0].url == ""


def test_a_link_in_a_spreadsheets_formula_is_read(tmp_path: Path) -> None:
    rows = (
        f'2026-03-02 07:01,a,kopi,"=HYPERLINK(""{X}"",""open"")"',
        f"2026-03-02 07:02,b,c,{OTHER}",
    )
    assert mentions(tmp_path / "a.csv", table(*rows))[0].url == X


def test_a_sort_of_platforms_is_none_where_the_link_says_which(tmp_path: Path) -> None:
    head = "date,author,text,url,source type"
    rows = (f"2026-03-02 07:01,a,kopi,{X},Microblogs", "2026-03-02 07:02,b,teh,,Forums")
    assert [m.platform for m in mentions(tmp_path / "a.csv", table(*rows, head=head))] == [
        "x",
        "forums",
    ]


@pytest.mark.parametrize(
    "head",
    [
        "Waktu Posting (WIB),Nama Akun,Isi Percakapan,Tautan",
        "Tarikh,Pengarang,Kandungan,Pautan",
        "Fecha,Autor,Texto,Enlace",
        "Publish Date,Account Name,Content,Original Link",
        "Date (UTC),Author,Contents,URL",
        "Published (UTC+07:00),Author,Content,Link to post",
        "Publish Date,Journalist,Summary,URL",
        "Published date,Screen name,Content,URL",
    ],
)
def test_columns_are_known_by_these_names(tmp_path: Path, head: str) -> None:
    rows = (f"2026-03-02 14:01,a,kopi,{X}", f"2026-03-02 14:02,b,teh,{OTHER}")
    first = mentions(tmp_path / "a.csv", table(*rows, head=head))[0]
    assert (first.text, first.author and first.author.handle, first.url) == ("kopi", "a", X)


def test_the_name_that_addresses_an_account_goes_before_the_one_that_is_shown(
    tmp_path: Path,
) -> None:
    head = "date,user name,screen name,text,url"
    rows = (f"2026-03-02 07:01,Budi S,budi_s,kopi,{X}", f"2026-03-02 07:02,Ani,ani,teh,{OTHER}")
    told = mentions(tmp_path / "a.csv", table(*rows, head=head))
    assert [m.author and m.author.handle for m in told] == ["budi_s", "ani"]

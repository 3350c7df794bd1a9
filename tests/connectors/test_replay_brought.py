"""Traits of files that strangers brought and that were misread, each in the smallest file."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.replayed import X, mentions, read
from fakes.workbooks import workbook

from connectors.base import Rejected

ROWS = [("2026-03-02 07:01", "kopi satu"), ("2026-03-02 07:02", "kopi dua")]
PLAIN = "date,text\n2026-03-02 07:01,kopi satu\n2026-03-02 07:02,kopi dua\n"


def told(path: Path, content: str | bytes) -> list[tuple[str, str]]:
    return [(f"{m.published_at:%Y-%m-%d %H:%M}", m.text) for m in mentions(path, content)]


TABLES = {
    "a part of the day": (
        "tanggal,isi\n2 Maret 2026 7.01 pagi,kopi satu\n2 Maret 2026 07:02 pagi,kopi dua\n"
    ),
    "a part of the day in a column of its own": (
        "Tanggal;Jam;Isi\n02/03/2026;07.01 Pagi;kopi satu\n02/03/2026;07.02 pagi;kopi dua\n"
        "31/03/2026;10.00 malam;x\n"
    ),
    "numbers in groups": 'timestamp,text\n"1,772,434,860",kopi satu\n"1,772,434,920",kopi dua\n',
    "an offset without a sign": (
        "date,time,timezone,tweet\n2026-03-02,14:01:00,0700,kopi satu\n"
        "2026-03-02,14:02:00,+0700,kopi dua\n"
    ),
    "two columns of dates": (
        "Date Collected,Date Posted,Text\n2026-03-06 10:00,2026-03-02 07:01,kopi satu\n"
        "2026-03-06 10:00,2026-03-02 07:02,kopi dua\n"
    ),
    "posted, and taken": (
        "Tanggal Diambil;Tanggal Diposting;Komentar\n20/03/2026;02/03/2026 07.01;kopi satu\n"
        "20/03/2026;02/03/2026 07.02;kopi dua\n20/03/2026;13/03/2026 07.02;x\n"
    ),
    "one name twice": (
        "date,text,text\n2026-03-02 07:01,kopi satu,salinan\n2026-03-02 07:02,,kopi dua\n"
    ),
    "a column of counts that is called comment": (
        "date,comment,caption\n2026-03-02 07:01,5,kopi satu\n2026-03-02 07:02,1.2k,kopi dua\n"
    ),
    "rows of several lines in single quotes": (
        "'tanggal';'isi'\n'2026-03-02 07:01';'kopi\nsatu'\n'2026-03-02 07:02';'kopi dua'\n"
    ),
    "rows of several lines in curly quotes": (
        "tanggal,isi\n“2026-03-02 07:01”,“kopi\n\nsatu”\n“2026-03-02 07:02”,“kopi dua”\n"
    ),
    "separated by ^": "date^text\n2026-03-02 07:01^kopi satu\n2026-03-02 07:02^kopi dua\n",
    "separated by ~": "date~text\n2026-03-02 07:01~kopi satu\n2026-03-02 07:02~kopi dua\n",
    "put together from files of several systems": PLAIN.replace("satu\n", "satu\r") + "z,z\r\n",
    "kept from being run": (
        "date,text\n2026-03-02 07:01,'=kopi satu\n2026-03-02 07:02,'@kopi dua\n"
    ),
    "escaped by the platform": PLAIN.replace("kopi", "&quot;H&amp;M&#39;s &lt;3"),
    "a moment beside a date without a zone": json.dumps(
        {
            "messages": [
                {"type": "service", "date": "2026-03-02T10:00:00", "date_unixtime": "1772420000"},
                {
                    "date": "2026-03-02T14:01:00",
                    "date_unixtime": "1772434860",
                    "from": "a",
                    "text": ["kopi ", {"type": "bold", "text": "satu"}],
                },
                {
                    "date": "2026-03-02T14:02:00",
                    "date_unixtime": "1772434920",
                    "from": "b",
                    "text": "kopi dua",
                },
            ]
        }
    ),
    "numbers of MongoDB": "".join(
        json.dumps({"at": {"$date": {"$numberLong": f"1772434{n}000"}}, "text": text}) + "\n"
        for n, text in ((860, "kopi satu"), (920, "kopi dua"))
    ),
    "dates in an order that another shows, behind a clock": (
        "date,text\n07:01 02/03/2026,kopi satu\n07:02 02/03/2026,kopi dua\n10:00 31/03/2026,x\n"
    ),
    "dates in an order that another shows, before a T": (
        "date,text\n02/03/2026T07:01,kopi satu\n02/03/2026T07:02,kopi dua\n31/03/2026T10:00,x\n"
    ),
    "dates in an order that another shows, in words apart": (
        "date,text\n02 03 2026 07:01,kopi satu\n02 03 2026 07:02,kopi dua\n31 03 2026 10:00,x\n"
    ),
    "serial numbers in groups": (
        "Tanggal;Isi\n46.083,29236111;kopi satu\n46.083,29305556;kopi dua\n"
    ),
    "zones as hours": "date,tz,text\n2026-03-02 14:01,7,kopi satu\n2026-03-02 15:02,+8,kopi dua\n",
    "dates of a post beside those of a comment": (
        "post_text,post_date,comment_text,comment_date\npromo,2026-03-01 07:01,kopi satu,"
        "2026-03-02 07:01\npromo,2026-03-01 07:01,kopi dua,2026-03-02 07:02\n"
    ),
    "rows that a spreadsheet took for one cell": (
        'date,text;;\n"2026-03-02 07:01,kopi satu";;\n"2026-03-02 07:02,""kopi dua""";;\n'
    ),
    "bytes as Python prints them": (
        "date,text\n2026-03-02 07:01,b'kopi satu'\n2026-03-02 07:02,b'kopi\\xc2\\xa0dua'\n"
    ),
    "objects as Python prints them": str(
        [{"date": at, "text": text, "likes": None} for at, text in ROWS]
    ),
    "a table as a list a line": "".join(
        json.dumps(row) + "\n" for row in (("date", "text"), *ROWS)
    ),
    "UTF-8 read as Western": PLAIN.replace("kopi", "“kopi".encode().decode("cp1252")),
    "HTML": json.dumps(
        [
            {"created_at": at, "content": f"<p>{text.replace(' ', ' <span>')}</span></p>"}
            for at, text in ROWS
        ]
    ),
    "labels": json.dumps(
        {
            "feed": {
                "entry": [
                    {"updated": {"label": at}, "content": {"label": text}} for at, text in ROWS
                ]
            }
        }
    ),
}


@pytest.mark.parametrize("kind", TABLES)
def test_what_strangers_brought_is_read(tmp_path: Path, kind: str) -> None:
    first, second, *_ = told(tmp_path / "a.csv", TABLES[kind])
    texts = [
        " ".join(text.lstrip('=@"“').replace("H&M's <3", "kopi").split())
        for _, text in (first, second)
    ]
    assert (first[0], second[0]) == (ROWS[0][0], ROWS[1][0])
    assert texts == ["kopi satu", "kopi dua"]


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("1234", 1234),
        ("12,345", 12345),
        ("1.234.567", 1234567),
        ("1 234", 1234),
        ("1234.0", 1234),
        ("12.3K", 12300),
        ("1,2 jt", 1200000),
        ("12 rb", 12000),
        ("3.4M+", 3400000),
        ("banyak", None),
    ],
)
def test_followers_are_counted_as_exports_write_them(
    tmp_path: Path, written: str, count: int | None
) -> None:
    content = f'date,text,author,followers\n2026-03-02 07:01,kopi,a,"{written}"\n'
    (mention,) = mentions(tmp_path / "a.csv", content)
    assert mention.author is not None
    assert mention.author.followers == count


def test_a_link_in_the_source_s_column_names_the_platform(tmp_path: Path) -> None:
    content = f"Date,Content,Source\n2026-03-02 07:01,kopi,{X}\n"
    assert [m.platform for m in mentions(tmp_path / "a.csv", content)] == ["x"]


COMMENTS = [
    {
        "id": "c1",
        "message": "basi",
        "created_time": "2026-03-02T07:02:00+0000",
        "from": {"name": "budi"},
        "comments": {
            "data": [
                {
                    "id": "c2",
                    "message": "benar",
                    "created_time": "2026-03-02T07:03:00+0000",
                    "from": {"name": "ani"},
                }
            ]
        },
    },
]
POST = {"id": "p", "message": "promo", "created_time": "2026-03-02T07:01:00+0000"}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"data": [{**POST, "comments": {"data": COMMENTS}}]}),
        json.dumps([{**POST, "comments": COMMENTS}]),
        json.dumps({**POST, "replies": {"edges": [{"node": row} for row in COMMENTS]}}),
        json.dumps({**POST, "comments": COMMENTS}) + "\n" + json.dumps({**POST, "id": "q"}),
    ],
)
def test_comments_under_a_post_are_rows_of_their_own(tmp_path: Path, content: str) -> None:
    found = mentions(tmp_path / "a.json", content)
    assert {"promo", "basi", "benar"} == {m.text for m in found}
    handles = {m.text: m.author.handle for m in found if m.author}
    assert handles == {"basi": "budi", "benar": "ani"}


YOUTUBE = {
    "items": [
        {
            "id": "t",
            "snippet": {
                "topLevelComment": {
                    "id": "c1",
                    "snippet": {
                        "textOriginal": "kopi satu",
                        "authorDisplayName": "@budi",
                        "publishedAt": "2026-03-02T07:01:00Z",
                    },
                }
            },
            "replies": {
                "comments": [
                    {
                        "id": "c2",
                        "snippet": {
                            "textOriginal": "kopi dua",
                            "authorDisplayName": "@ani",
                            "publishedAt": "2026-03-02T07:02:00Z",
                        },
                    }
                ]
            },
        }
    ]
}
TIKTOK = {
    "comments": [
        {
            "cid": "c1",
            "text": "kopi satu",
            "create_time": 1772434860,
            "user": {"unique_id": "@budi"},
            "reply_comment": [
                {
                    "cid": "c2",
                    "text": "kopi dua",
                    "create_time": 1772434920,
                    "user": {"unique_id": "@ani"},
                }
            ],
        }
    ],
    "total": 1,
}


@pytest.mark.parametrize("export", [YOUTUBE, TIKTOK], ids=["YouTube", "TikTok"])
def test_replies_of_a_platform_s_own_form_are_rows(tmp_path: Path, export: dict[str, Any]) -> None:
    found = mentions(tmp_path / "a.json", json.dumps(export))
    said = [(m.external_id, m.text, m.author and m.author.handle) for m in found]
    assert said == [("c1", "kopi satu", "@budi"), ("c2", "kopi dua", "@ani")]


@pytest.mark.parametrize(
    "row",
    [
        {"text": "kopi…", "truncated": True, "extended_tweet": {"full_text": "kopi panjang"}},
        {"text": "kopi…", "note_tweet": {"text": "kopi panjang"}},
        {"full_text": "kopi…", "note_tweet": {"text": "kopi panjang"}},
    ],
)
@pytest.mark.parametrize("page", [True, False])
def test_long_posts_of_x_are_whole(tmp_path: Path, row: dict[str, Any], page: bool) -> None:
    row = {**row, "id": "1", "id_str": "1", "created_at": "2026-03-02T07:01:00Z"}
    content = json.dumps({"data": [row]} if page else row)
    assert [m.text for m in mentions(tmp_path / "a.json", content)] == ["kopi panjang"]


def zipped(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_an_archive_of_x_is_read_with_all_its_parts(tmp_path: Path) -> None:
    def part(n: int, text: str) -> str:
        post = {"full_text": text, "created_at": f"Mon Mar 02 07:0{n}:00 +0000 2026", "id_str": n}
        return f"window.YTD.tweets.part{n} = {json.dumps([{'tweet': post}])}"

    content = zipped(
        {
            "data/tweets-part1.js": part(2, "kopi dua"),
            "data/tweets.js": part(1, "kopi satu"),
            "data/manifest.js": "window.__THAR_CONFIG = {}",
            "data/like.js": "window.YTD = []",
        }
    )
    assert told(tmp_path / "a.zip", content) == ROWS


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress, lambda d: gzip.compress(d)])
def test_packed_files_are_opened_though_packed_twice(tmp_path: Path, pack: Any) -> None:
    assert told(tmp_path / "a.csv.gz", pack(PLAIN.encode())) == ROWS
    assert told(tmp_path / "b.csv.gz", gzip.compress(pack(PLAIN.encode()))) == ROWS


@pytest.mark.parametrize(
    ("begin", "remedy"),
    [
        (b"Rar!\x1a\x07\x01\x00", "unpack it"),
        (b"7z\xbc\xaf\x27\x1c", "unpack it"),
        (b"\x28\xb5\x2f\xfd", "unpack it"),
        (b"PAR1", "CSV or JSON lines"),
        (b"SQLite format 3\0", "as CSV"),
        (b"<?xml version='1.0'?><rss><channel><item/></channel></rss>", "connector rss"),
        (zipped({"word/document.xml": "<x/>", "[Content_Types].xml": "<x/>"}), "CSV or Excel"),
    ],
)
def test_what_is_no_table_says_what_to_bring_instead(
    tmp_path: Path, begin: bytes, remedy: str
) -> None:
    with pytest.raises(Rejected, match=remedy):
        read(tmp_path / "a", begin + (b"" if begin[:1] == b"<" else bytes(range(256))))


@pytest.mark.parametrize(
    ("written", "remedy"),
    [
        ("2 jam yang lalu", "export dates"),
        ("3h", "export dates"),
        ("1.77243E+12", "as text"),
        ("Mar 2 14:01", "no year"),
        ("2;3;4", "--time-format"),
    ],
)
def test_times_that_cannot_be_read_say_what_helps(
    tmp_path: Path, written: str, remedy: str
) -> None:
    with pytest.raises(Rejected, match=remedy):
        read(tmp_path / "a.csv", f'date,text\n"{written}",kopi satu\n')


def test_dates_that_a_spreadsheet_read_the_month_first_are_turned_back(tmp_path: Path) -> None:
    def rows(*cells: Any) -> list[list[Any]]:
        return [["Tanggal", "Isi"], *([cell, "kopi"] for cell in cells)]

    def read_back(*cells: Any) -> list[str]:
        path = workbook(tmp_path / "a.xlsx", {"Data": rows(*cells)})
        return [f"{m.published_at:%m-%d %H:%M}" for m in mentions(path, path.read_bytes())]

    turned = datetime(2026, 2, 3, 7, 1)  # 02/03/2026 where the month comes first
    assert read_back(turned, "13/03/2026 07:02") == ["03-02 07:01", "03-13 07:02"]
    assert read_back(turned, datetime(2026, 2, 27), "13/03/2026 07:02")[0] == "02-03 07:01"
    assert read_back(turned, "13/03/2026 07:02", "03/03/2026 07:02")[0] == "02-03 07:01"
    path = workbook(tmp_path / "b.xlsx", {"Data": rows(turned, "13/03/2026 07:02")})
    assert any("the day first" in note for note in read(path, path.read_bytes()).notes)


def test_a_row_of_several_lines_behind_an_open_quote_is_not_lost(tmp_path: Path) -> None:
    content = (
        'id,date,text,url\n1,2026-03-02 07:01,"kopi satu,u1\n2,2026-03-02 07:02,"kopi\ndua",u2\n'
        "3,2026-03-02 07:03,kopi tiga,u3\n"
    )
    told = {m.external_id: m.text for m in mentions(tmp_path / "a.csv", content)}
    assert told == {"1": "kopi satu", "2": "kopi\ndua", "3": "kopi tiga"}


def test_sheets_named_after_platforms_say_the_platform(tmp_path: Path) -> None:
    sheets: dict[str, list[list[Any]]] = {
        name: [["Tanggal", "Isi"], [datetime(2026, 3, 2, 7, 1), f"kopi {name}"]]
        for name in ("Twitter", "IG - Instagram", "Lain")
    }
    path = workbook(tmp_path / "a.xlsx", sheets)
    found = {m.text: m.platform for m in mentions(path, path.read_bytes())}
    assert found == {"kopi Twitter": "x", "kopi IG - Instagram": "instagram", "kopi Lain": "file"}

"""What is wrong in a stranger's file costs no row: each trait in the smallest file."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.replayed import IG, TT, X, mentions, read
from fakes.workbooks import workbook

from connectors.base import Rejected
from connectors.replay.options import ReplayOptions
from connectors.replay.reader import read_file

PLAIN = "date,text\n2026-03-02 07:01,kopi ☕ satu\n"


def texts(path: Path, content: str | bytes) -> list[str]:
    return [mention.text for mention in mentions(path, content)]


def zipped(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize("western_first", [False, True])
def test_western_rows_among_others_in_utf8_keep_the_letters_of_both(
    tmp_path: Path, western_first: bool
) -> None:
    rows = [PLAIN.splitlines()[1].encode(), "2026-03-02 07:02,café “dua”".encode("cp1252")]
    lines = [b"date,text", *(reversed(rows) if western_first else rows), b""]
    assert texts(tmp_path / "a.csv", b"\n".join(lines)) == ["kopi ☕ satu", "café “dua”"]


def test_zeros_in_a_table_are_nothing(tmp_path: Path) -> None:
    assert texts(tmp_path / "a.csv", PLAIN.replace(" satu", "\0 satu\0")) == ["kopi ☕ satu"]


def test_delimiters_in_a_text_without_quotes_cost_no_row_and_it_is_said(tmp_path: Path) -> None:
    rows = "".join(f"2026-03-02 07:0{n},kopi{', basi' * (n % 3)},akun\n" for n in range(6))
    reader = read(tmp_path / "a.csv", "date,text,author\n" + rows)
    told = [reader.mention(n) for n in range(len(reader.rows))]
    assert [m.text for m in told] == ["kopi", "kopi, basi", "kopi, basi, basi"] * 2
    assert {m.author and m.author.handle for m in told} == {"akun"}
    assert any(note.startswith("4 rows had more cells") for note in reader.notes)


def test_the_table_of_mentions_is_found_among_an_archive_s(tmp_path: Path) -> None:
    files = {
        "Takeout/comments/comments.csv": PLAIN,
        "Takeout/live chats/live chats.csv": "date,text\n",
        "Takeout/subscriptions.csv": "Channel Id,Channel Url,Channel Title\na,b,c\n",
    }
    assert texts(tmp_path / "a.zip", zipped(files)) == ["kopi ☕ satu"]
    for more in ({"second.csv": PLAIN}, {"posts.json": "[]"}):
        with pytest.raises(Rejected, match=r"name one of them \(such as comments.csv"):
            texts(tmp_path / "b.zip", zipped(files | more))


def test_sheets_with_their_columns_in_another_order_are_read(tmp_path: Path) -> None:
    first: list[list[Any]] = [["Date", "Author", "Text"], [datetime(2026, 3, 2, 7, 1), "a", "kopi"]]
    second: list[list[Any]] = [["Text", "Date", "Author"], ["teh", datetime(2026, 3, 2, 7, 2), "b"]]
    path = workbook(tmp_path / "a.xlsx", {"Jan": first, "Feb": second})
    reader = read_file(ReplayOptions(path=path))
    told = [reader.mention(n) for n in range(len(reader.rows))]
    assert [(m.text, m.author and m.author.handle) for m in told] == [("kopi", "a"), ("teh", "b")]


def test_replies_without_a_link_are_where_their_post_is(tmp_path: Path) -> None:
    reply = {"text": "teh", "timestamp": "2026-03-02T07:02:00Z"}
    own = reply | {"text": "susu", "url": f"{IG}c/2"}
    post = {"postUrl": IG, "text": "kopi", "timestamp": "2026-03-02T07:01:00Z"}
    content = json.dumps([post | {"replies": [reply, own]}])
    told = mentions(tmp_path / "a.json", content)
    assert [(m.platform, m.text, m.url) for m in told] == [
        ("instagram", "kopi", IG),
        ("instagram", "teh", IG),
        ("instagram", "susu", f"{IG}c/2"),
    ]


def test_xml_without_a_table_says_what_to_bring_instead(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="export it as CSV"):
        read(tmp_path / "a.xml", "<?xml version='1.0'?><posts><post>kopi</post></posts>")


@pytest.mark.parametrize(
    ("head", "row", "author", "url"),
    [
        (
            "Review Created (UTC),Review Title,Review Content,Review Username",
            ",Buruk,{},akun",
            "akun",
            "",
        ),
        ("Dibuat,Judul,Deskripsi lengkap,Balasan", ",Buruk,{},maaf kak atas basi kopinya", "", ""),
        ("snCreatedTime,snType,text,fromSnUser,permalink", ",TWITTER,{},akun,%X", "akun", X),
        (
            "Waktu publikasi,Judul,Keterangan,Nama Halaman,Tautan permanen,Jenis postingan",
            ",,{},akun,%X,Foto",
            "akun",
            X,
        ),
        ("Time,Post time,Video title,Video link", "2026-03-30,,{},%T", "", TT),
        ("Video publish time,Content,Video title", ",abc,{}", "", ""),
        ("Created at,Subject,Description,Requester", ",x,{},akun", "akun", ""),
    ],
)
def test_what_these_columns_hold_is_known(
    tmp_path: Path, head: str, row: str, author: str, url: str
) -> None:
    written = row.format("kopi senja yang basi").replace("%X", X).replace("%T", TT)
    at = "2026-03-02 07:01"
    cells = [
        cell or at if n == written.split(",").index("") else cell
        for n, cell in enumerate(written.split(","))
    ]
    (told,) = mentions(tmp_path / "a.csv", f"{head}\n{','.join(cells)}\n")
    assert (told.text, told.author.handle if told.author else "", told.url) == (
        "kopi senja yang basi",
        author,
        url,
    )
    assert f"{told.published_at:%Y-%m-%d %H:%M}" == at


def test_the_name_of_a_row_is_not_that_of_whoever_wrote_it(tmp_path: Path) -> None:
    review = {"name": "accounts/1/reviews/a", "reviewer": {"displayName": "akun"}}
    review |= {"comment": "kopi", "createTime": "2026-03-02T07:01:00Z"}
    (told,) = mentions(tmp_path / "a.json", json.dumps({"reviews": [review]}))
    assert told.author
    assert told.author.handle == "akun"

"""Files as strangers bring them: each says one thing, however it is written down."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fakes.replayed import FB, IG, T0, TT, X, mentions, read, told
from fakes.workbooks import workbook

from connectors.base import Rejected
from connectors.replay.preview import preview

TABLES = {
    "Brandwatch, news without its full text": (
        "Query Id,Query Name,Date,Title,Snippet,Url,Page Type,Author,Full Text\n1,K,2026-03-02 "
        '07:01:00.0,Judul,"kopi senja, basi",https://d.example/1,news,akun,\n',
        ("news", "https://d.example/1"),
    ),
    "Talkwalker, milliseconds": (
        "published,url,title,content,source_type,extra_author_attributes.name\n"
        f'1772434860000,{X},,"kopi senja, basi",SOCIALMEDIA_TWITTER,akun\n',
        ("x", X),
    ),
    "Meltwater, without a hit sentence": (
        "Date\tHeadline\tURL\tOpening Text\tHit Sentence\tSource\tInfluencer\n02-Mar-2026 07:01AM"
        "\tJudul\thttps://d.example/1\tkopi senja, basi\t\tDetik\takun\n",
        ("file", "https://d.example/1"),
    ),
    "Sprout Social, posts": (
        "Date,Post ID,Network,Profile,Sent by,Link,Post\n3/2/2026 7:01 am,abc,X,akun,,"
        f'{X},"kopi senja, basi"\n3/25/2026 7:01 am,abd,X,akun,,{X}2,b\n',
        ("x", X),
    ),
    "Hootsuite Analytics": (
        "Post Message,Post ID,Post Permalink,Post Network,Social Profile,Date (GMT)\n"
        f'"kopi senja, basi",abc,{X},TWITTER,akun,"Mar 2, 2026 7:01 AM"\n',
        ("x", X),
    ),
    "Brand24": (
        "Mention title,Mention text,Mention author,Mention URL,Mention source,Mention date\n"
        f',"kopi senja, basi",akun,{X},X (Twitter),2026-03-02 07:01\n',
        ("x", X),
    ),
    "Awario": (
        "Source,Author,Author Handle,Title,Text,URL,Date,Reach,Sentiment\n"
        f'Twitter,Nama,akun,,"kopi senja, basi",{X},"02 Mar 2026, 07:01",12,negative\n',
        ("x", X),
    ),
    "Keyhole": (
        "Post Date,Post Time,Platform,User Handle,User Name,Post Text,Post URL\n"
        f'2026-03-02,07:01:00,Twitter,akun,Nama,"kopi senja, basi",{X}\n',
        ("x", X),
    ),
    "Keyhole, tweets": (
        f'Tweet Text,Tweet Date (UTC),Tweet URL,Username\n"kopi senja, basi",2026-03-02 07:01,{X},'
        "akun\n",
        ("x", X),
    ),
    "Synthesio": (
        "Mention Id;Publication Date;Publication Hour;Media Type;Site Name;Author;Mention Content;"
        f"Mention URL\nabc;2026-03-02;07:01;Twitter;twitter.com;akun;kopi senja, basi;{X}\n",
        ("x", X),
    ),
    "Digimind": (
        "Published date;Media;Source;Author;Title;Extract;URL\n02/03/2026 07:01;Twitter;x.com;akun;"
        f";kopi senja, basi;{X}\n15/03/2026 07:01;Twitter;x.com;akun;;b;{X}2\n",
        ("x", X),
    ),
    "CrowdTangle": (
        "Page Name,User Name,Page Created,Followers at Posting,Post Created,Post Created Date,Post "
        "Created Time,Total Interactions,URL,Message,Link,Description\nNama,akun,2012-01-01,12,"
        f'2026-03-02 14:01:00 WIB,2026-03-02,14:01:00,9,{FB},"kopi senja, basi",https://l.example,d\n',
        ("facebook", FB),
    ),
    "Meta Business Suite": (
        "Post ID,Page name,Title,Description,Publish time,Permalink,Post type,Date\n1,akun,"
        f'"kopi senja, basi",,03/02/2026 07:01,{FB},Photos,Lifetime\n2,akun,b,,03/22/2026 07:01,'
        f"{FB}2,Photos,Lifetime\n",
        ("facebook", FB),
    ),
    "ExportComments": (
        "ExportComments.com,,,\nhttps://www.youtube.com/watch?v=v,,,\n\n"
        ",Name (click to view profile),Date,Likes,Comment\n"
        '1,akun,2026-03-02 07:01:00,0,"kopi senja, basi"\n',
        ("youtube", ""),
    ),
    "Apify, TikTok": (
        "id,text,createTime,authorMeta/name,webVideoUrl\n"
        f'a,"kopi senja, basi",1772434860,akun,{TT}\n',
        ("tiktok", TT),
    ),
    "IFTTT": (
        'CreatedAt,UserName,Text,LinkToTweet\n"March 2, 2026 at 07:01AM",akun,'
        f'"kopi senja, basi",{X}\n',
        ("x", X),
    ),
    "Indonesian, two columns of time": (
        "No;Tanggal;Waktu (WIB);Media Sosial;Nama Akun;Isi Postingan;Link Postingan\n1;02/03/2026;"
        f"14:01;Twitter;akun;kopi senja, basi;{X}\n2;25/03/2026;14:01;Twitter;akun;b;{X}2\n",
        ("x", X),
    ),
    "Indonesian, with what stands above and below": (
        "Rekap Kopi Senja\nPeriode: 1-7 Maret 2026\nZona waktu: WIB\n\nTanggal;Penulis;Isi;Tautan\n"
        f"2 Maret 2026 14.01;akun;kopi senja, basi;{X}\nTotal;1;;\n",
        ("x", X),
    ),
    "Indonesian, a clipping": (
        "Tanggal Tayang;Judul Berita;Isi Berita;Nama Media;Link Berita\nSenin, 2 Maret 2026 14:01 "
        "WIB;Judul;kopi senja, basi;akun;https://d.example/1\n",
        ("file", "https://d.example/1"),
    ),
    "Indonesian, a day and an hour": (
        f'Hari/Tanggal;Pukul;Platform;Username;Komentar;URL\n"Senin, 02 Maret 2026";14.01 WIB;'
        f"Instagram;akun;kopi senja, basi;{IG}\n",
        ("instagram", IG),
    ),
    "Indonesian, other words": (
        f"Dibuat pada;Oleh;Konten Pesan;Tautan Pesan\n02 Mar 2026, 15:01 WITA;akun;kopi senja, "
        f"basi;{X}\n",
        ("x", X),
    ),
    "names of rows": (
        f'date,author,text,url\n"1",2026-03-02T07:01:00Z,akun,"kopi senja, basi",{X}\n',
        ("x", X),
    ),
    "a header of two rows": (
        "Waktu,Konten,,Penulis\nTanggal,Isi,Tautan,Nama\n"
        f'2026-03-02T07:01:00Z,"kopi senja, basi",{X},akun\n',
        ("x", X),
    ),
    "merged cells": (
        "Tanggal,Konten,,Penulis\n,Isi,Tautan,Nama\n"
        f'2026-03-02T07:01:00Z,"kopi senja, basi",{X},akun\n',
        ("x", X),
    ),
    "a header of several lines": (
        f'"Date\n(WIB)","Author","Text","Url"\n2026-03-02 14:01,akun,"kopi senja, basi",{X}\n',
        ("x", X),
    ),
    "old line ends, a line in a text": (
        f'date,author,text,url\r2026-03-02T07:01:00Z,akun,"kopi senja, basi",{X}\r'
        f'2026-03-02T07:02:00Z,akun,"b\nc",{X}2\r',
        ("x", X),
    ),
    "rows in quotes as a whole": (
        f'"date,author,text,url"\n"2026-03-02T07:01:00Z,akun,""kopi senja, basi"",{X}"\n',
        ("x", X),
    ),
    "spaces behind commas": (
        f'date, author, text, url\n2026-03-02T07:01:00Z, akun, "kopi senja, basi", {X}\n',
        ("x", X),
    ),
    "a zone in a column of its own": (
        "date,timezone,author,text,url\n2026-03-02 14:01,Asia/Jakarta,akun,"
        f'"kopi senja, basi",{X}\n',
        ("x", X),
    ),
    "far below": (
        "baris\n" * 90 + f'date,author,text,url\n2026-03-02 07:01,akun,"kopi senja, basi",{X}\n',
        ("x", X),
    ),
    "a web page": (
        "<html><body><table><tr><th>Date</th><th>Author</th><th>Text</th><th>Url</th></tr><tr><td>"
        f"2026-03-02 07:01</td><td>akun</td><td>kopi senja, basi</td><td>{X}</td></tr></table>",
        ("x", X),
    ),
    "Excel 2003": (
        '<?xml version="1.0"?><Workbook xmlns:ss="s"><Worksheet><Table><Row><Cell><Data>Date</Data>'
        "</Cell><Cell><Data>Author</Data></Cell><Cell><Data>Text</Data></Cell></Row><Row><Cell>"
        "<Data>2026-03-02T07:01:00.000</Data></Cell><Cell><Data>akun</Data></Cell><Cell><Data>kopi "
        "senja, basi</Data></Cell></Row></Table></Worksheet></Workbook>",
        ("file", ""),
    ),
}


@pytest.mark.parametrize("ending", [".csv", ".xls"])
@pytest.mark.parametrize("kind", TABLES)
def test_tables_of_tools_and_of_people_are_read(tmp_path: Path, kind: str, ending: str) -> None:
    content, where = TABLES[kind]
    first = mentions(tmp_path / f"a{ending}", content)[0]
    assert told(first) == (T0, "kopi senja, basi", "akun", *where)


@pytest.mark.parametrize(
    ("date", "clock"),
    [
        ("2026-03-02", "14.01"),
        ("46083", "0.584027778"),
        ("46083", "0,584027778"),
        ("46083", "14:01"),
        ("2026-03-02", "1401"),
        ("20260302", "140100"),
        ("2026-03-02T00:00:00", "1899-12-30 14:01:00"),
        ("2026-03-02 14.01", ""),
        ("46083,584027778", ""),
        ("02MAR2026:14:01:00", ""),
        ("2026-03-02-14.01.00", ""),
        ("/Date(1772434860000)/", ""),
        ("1.77243486E+12", ""),
    ],
)
@pytest.mark.parametrize("header", ["Date (WIB)", "date_wib", "Tanggal WIB", "Date [GMT+7]"])
def test_times_of_spreadsheets_and_databases_are_read(
    tmp_path: Path, header: str, date: str, clock: str
) -> None:
    content = f"{header};Time;Text\n{date};{clock};kopi\n"
    (mention,) = mentions(tmp_path / "a.csv", content)
    assert mention.published_at == T0


@pytest.mark.parametrize("name", ["nan", "NULL", "None", "#N/A", "#NAME?"])
def test_what_stands_for_nothing_is_nothing(tmp_path: Path, name: str) -> None:
    content = f"id,date,text,author,url\n{name},2026-03-02 07:01,kopi,{name},{name}\n"
    (mention,) = mentions(tmp_path / "a.csv", content)
    assert (mention.author, mention.url, len(mention.external_id)) == (None, "", 24)


@pytest.mark.parametrize("name", ["123.0", "'123", '"123"', '="123"'])
def test_ids_are_read_without_what_shields_them(tmp_path: Path, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    (mention,) = mentions(tmp_path / "a.csv", f"id,date,text\n{quoted},2026-03-02 07:01,kopi\n")
    assert mention.external_id == "123"


def test_quotes_written_with_a_backslash_end_no_text(tmp_path: Path) -> None:
    content = 'date,text,author\n2026-03-02 07:01,"kopi \\"senja\\", basi",akun\n'
    assert told(mentions(tmp_path / "a.csv", content)[0])[1:3] == ('kopi "senja", basi', "akun")


def test_the_only_times_and_texts_are_found_without_a_name_and_it_is_said(tmp_path: Path) -> None:
    rows = [f'{n},2026-03-02 07:{n:02d},"kopi senja basi sekali {n}"' for n in range(1, 30)]
    reader = read(tmp_path / "a.csv", "\n".join(["k1,k2,k3", *rows]))
    assert reader.mention(0).text == "kopi senja basi sekali 1"
    shown = "\n".join(preview(reader.options))
    assert "text = k3 (by what is in it)" in shown
    with pytest.raises(Rejected, match="write names into its first line"):
        read(tmp_path / "b.csv", "\n".join(rows))


def test_days_without_an_hour_are_read_and_it_is_said(tmp_path: Path) -> None:
    content = "Tanggal (WIB);Isi\n" + "".join(f"{n} Maret 2026;kopi {n}\n" for n in range(1, 9))
    assert any(
        "No row has a time of day" in note for note in read(tmp_path / "a.csv", content).notes
    )


HEADER = ["Date", "Author", "Text", "Url"]


def row(minute: int, text: str) -> list[Any]:
    return [datetime(2026, 3, 2, 7, minute), "akun", text, f"{X}{minute}"]


def test_the_sheets_of_mentions_are_read_whatever_stands_beside_them(tmp_path: Path) -> None:
    hours: list[list[Any]] = [["Hour", "Count"], *([n, n] for n in range(300))]
    path = workbook(
        tmp_path / "a.xlsx",
        {
            "Volume": hours,
            "Twitter": [["Export"], HEADER, row(1, "a"), row(2, "b")],
            "Instagram": [HEADER, row(3, "c")],
            "Notes": [["Date", "Comment"], [datetime(2026, 3, 2), "x"]],
        },
    )
    reader = read(path, path.read_bytes())
    assert [reader.mention(i).text for i in range(len(reader.rows))] == ["a", "b", "c"]
    assert any("“Twitter”, “Instagram”" in note for note in reader.notes)
    assert any("not read" in note and "“Notes”" in note for note in reader.notes)


def test_an_archive_s_posts_are_found_beside_what_systems_put_there(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        post = '{"id_str": "1", "full_text": "kopi", "created_at": "2026-03-02T07:01:00Z"}'
        archive.writestr("data/tweets.js", f"window.YTD.tweets.part0 = [{post}]")
        archive.writestr("data/like.js", "window.YTD.like.part0 = []")
        archive.writestr("__MACOSX/._a", "x")
        archive.writestr(".DS_Store", "x")
    assert read(path, path.read_bytes()).mention(0).text == "kopi"


def test_a_pdf_says_what_to_bring_instead(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="CSV or Excel"):
        read(tmp_path / "a.csv", b"%PDF-1.4\n%\xe2\xe3")

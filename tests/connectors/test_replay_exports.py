"""Exports of the field's tools, made after their public field lists, and workbooks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.workbooks import workbook

from connectors.base import Rejected
from connectors.replay.options import ReplayOptions
from connectors.replay.preview import preview
from connectors.replay.reader import read_file
from monitor.model import Mention

T0 = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


def mentions(path: Path) -> list[Mention]:
    reader = read_file(ReplayOptions(path=path))
    return [reader.mention(i) for i in range(len(reader.rows))]


def xlsx(path: Path, table: list[list[Any]]) -> Path:
    return workbook(path, {"Mentions": table})


def test_workbooks_are_read(tmp_path: Path) -> None:
    path = xlsx(
        tmp_path / "a.xlsx",
        [
            ["Export of mentions"],
            ["Id", "Date", "Text", "Followers"],
            [7, datetime(2026, 3, 2, 17, 30), "kopi\nsenja", 1200],
            [2028438921016246272.0, datetime(2026, 3, 2, 17, 31), "rounded", 3],
        ],
    )
    first, second = mentions(path)
    assert (first.external_id, first.text) == ("7", "kopi\nsenja")
    assert first.published_at == datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
    assert "e+" not in second.external_id.lower()
    broken = tmp_path / "b.xlsx"
    broken.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(Rejected, match="cannot be read"):
        mentions(broken)


EXPORTS: dict[str, tuple[str, str, Any]] = {
    "Brandwatch": (
        "bw.csv",
        "utf-8-sig",
        "Report:,Bulk Mentions Download\nBrand:,Kopi Senja\n"
        "From:,Sun Mar 01 00:00:00 UTC 2026\nTo:,Tue Mar 03 00:00:00 UTC 2026\nLabel:,x\n\n"
        "Query Id,Query Name,Date,Title,Snippet,Url,Domain,Sentiment,Page Type,Language,Author,"
        "Full Text,Resource Id,X Followers\n"
        '1,Kopi,2026-03-02 07:01:00.0,,"kopi…",https://x.example/1,x.example,negative,twitter,id,'
        'akun,"kopi senja, basi",abc,12\n',
    ),
    "Talkwalker": (
        "tw.csv",
        "utf-8-sig",
        "indexed;published;url;title;content;source_type;lang;"
        "extra_author_attributes.name\n2026-03-02 07:05:00;2026-03-02 07:01:00;https://x.example/1;"
        ";kopi senja, basi;SOCIALMEDIA_TWITTER, SOCIALMEDIA;id;akun\n",
    ),
    "Meltwater": (
        "mw.csv",
        "utf-16",
        "Date\tTime\tDocument ID\tURL\tInput Name\tSource Type\t"
        "Source Name\tAuthor Name\tAuthor Handle\tTitle\tOpening Text\tHit Sentence\tLanguage\n"
        "02-Mar-2026\t07:01AM\tabc\thttps://x.example/1\tKopi\ttwitter\tX\tNama\takun\t\t"
        "kopi\tkopi senja, basi\tIndonesian\n",
    ),
    "Sprinklr": (
        "sp.xlsx",
        "xlsx",
        [
            [
                "Universal Message Id",
                "Created Time",
                "Social Network",
                "Sender Screen Name",
                "Message",
                "Permalink",
                "Sender Follower Count",
            ],
            [
                "abc",
                datetime(2026, 3, 2, 7, 1),
                "TWITTER",
                "akun",
                "kopi senja, basi",
                "https://x.example/1",
                12,
            ],
        ],
    ),
    "Mention": (
        "me.csv",
        "utf-8",
        "id,title,description,url,unique_id,published_at,source_type,"
        'source_name,author,language_code\nabc,,"kopi senja, basi",https://x.example/1,u1,'
        "2026-03-02T07:01:00.000+00:00,twitter,X,akun,id\n",
    ),
    "Sprout Social": (
        "ss.csv",
        "utf-8",
        "Timestamp (ET),Network,Message ID,Profile,Message Type,"
        "Username,Message,Message URL\n3/2/2026 2:01 AM,Twitter,abc,Kopi,Mention,akun,"
        '"kopi senja, basi",https://x.example/1\n3/15/2026 2:01 AM,Twitter,abd,Kopi,Mention,akun,'
        "lagi,https://x.example/2\n",
    ),
    "Hootsuite": (
        "hs.csv",
        "utf-8",
        "Date,Social Network,Author,Message,Post Permalink\n"
        '"Mar 2, 2026 7:01 AM",Twitter,akun,"kopi senja, basi",https://x.example/1\n',
    ),
    "Awario": (
        "aw.csv",
        "utf-8",
        "Date,Source,Author,Title,Snippet,URL,Reach,Sentiment,Language\n"
        '2026-03-02 07:01:00,Twitter,akun,,"kopi senja, basi",https://x.example/1,12,Negative,id\n',
    ),
    "Brand24": (
        "b24.csv",
        "utf-8",
        "ID;Date;Hour;Title;Content;Source;Author;URL;Sentiment\n"
        "abc;2026-03-02;07:01;;kopi senja, basi;x.example;akun;https://x.example/1;negative\n",
    ),
    "Determ (Mediatoolkit)": (
        "de.csv",
        "utf-8",
        "date,time,mention_snippet,title,url,source_type,"
        'author,reach\n2026-03-02,07:01,"kopi senja, basi",,https://x.example/1,twitter,akun,12\n',
    ),
    "X archive": (
        "tweets.js",
        "utf-8",
        'window.YTD.tweets.part0 = [ {"tweet": '
        '{"id_str": "abc",'
        '"full_text": "kopi senja, basi", "created_at": "Mon Mar 02 07:01:00 +0000 2026",'
        '"favorite_count": "0"} } ]',
    ),
    "Google Play Console": (
        "gp.csv",
        "utf-16",
        "Package Name,App Version Code,Reviewer Language,"
        "Review Submit Date and Time,Review Submit Millis Since Epoch,Star Rating,Review Title,"
        "Review Text,Review Link\nid.example,1,id,2026-03-02T07:01:00Z,1772434860000,1,,"
        '"kopi senja, basi",https://x.example/1\n',
    ),
    "YouTube Takeout": (
        "yt.csv",
        "utf-8",
        "Comment ID,Channel ID,Comment Create Timestamp,Price,"
        "Parent Comment ID,Video ID,Comment Text\nabc,UC1,2026-03-02T07:01:00+00:00,0,,v1,"
        '"{""text"":""kopi senja, ""},{""text"":""basi""}"\n',
    ),
}


@pytest.mark.parametrize("tool", EXPORTS)
def test_exports_of_the_field_s_tools_just_read(tmp_path: Path, tool: str) -> None:
    name, encoding, content = EXPORTS[tool]
    path = tmp_path / name
    if encoding == "xlsx":
        xlsx(path, content)
    else:
        path.write_bytes(content.encode(encoding))
    first = mentions(path)[0]
    assert (first.published_at, first.text) == (T0 + timedelta(minutes=1), "kopi senja, basi")
    if tool not in ("X archive", "Google Play Console", "YouTube Takeout"):
        assert first.platform == ("file" if tool == "Brand24" else "x")
        assert first.url == "https://x.example/1"
        assert first.author is not None
        assert first.author.handle == "akun"
    assert f"by its columns an export of {tool}" in list(preview(ReplayOptions(path=path)))[:2]

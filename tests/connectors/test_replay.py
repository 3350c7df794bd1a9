"""A file of mentions is told in its own time, whatever its shape, or one sentence says why not."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Page, Rejected
from connectors.replay.connector import MAX_MENTIONS, Replay
from connectors.replay.options import ReplayOptions
from connectors.testing import drain, source_spec, through_json
from monitor.model import BUCKET, Mention

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
T0 = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


def replay(path: Path, cursor: Mapping[str, Any] | None = None, **options: Any) -> list[Page]:
    made = Replay(ReplayOptions(path=path, **options), {})
    return drain(made, source_spec(now=NOW), cursor)


def mentions(pages: list[Page]) -> list[Mention]:
    return [m for page in pages for m in page.mentions]


def jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def row(minutes: float, text: str = "kopi", **more: Any) -> dict[str, Any]:
    return {"date": (T0 + timedelta(minutes=minutes)).isoformat(), "text": text, **more}


def test_every_bucket_has_a_page_and_silent_ones_are_crossed_one_by_one(tmp_path: Path) -> None:
    pages = replay(jsonl(tmp_path / "a.jsonl", [row(1), row(2, "lagi"), row(21)]))
    assert [len(p.mentions) for p in pages] == [2, 0, 0, 0, 1]
    assert [p.position for p in pages] == [T0 + n * BUCKET for n in range(1, 6)]
    assert pages[0].covered_from == T0
    assert all(p.covered_from is None for p in pages[1:])


def test_a_newest_first_export_is_told_oldest_first(tmp_path: Path) -> None:
    rows = [row(n, f"t{n}") for n in reversed(range(30))]
    assert [m.text for m in mentions(replay(jsonl(tmp_path / "a.jsonl", rows)))] == [
        f"t{n}" for n in range(30)
    ]


def test_a_crowded_bucket_is_told_in_pages_that_each_resume_exactly(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [row(n / 500, f"t{n}") for n in range(1200)])
    pages = replay(path)
    assert [len(p.mentions) for p in pages] == [MAX_MENTIONS, MAX_MENTIONS, 200]
    for n, page in enumerate(pages):
        rest = replay(path, through_json(page.cursor))
        assert mentions(rest) == mentions(pages[n + 1 :])
        assert [p.position for p in rest] == [p.position for p in pages[n + 1 :]]
    assert pages[0].position is not None
    assert all(m.published_at >= pages[0].position for m in pages[1].mentions)


def test_a_month_without_a_row_was_not_silence(tmp_path: Path) -> None:
    pages = replay(jsonl(tmp_path / "a.jsonl", [row(1), row(60 * 24 * 400)]))
    gap = next(p for p in pages if p.missed)
    assert gap.missed == (T0 + BUCKET, gap.position)
    assert len(pages) == 3


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "id,Date,Body\n1,2026-03-02 07:01:00,satu\n2,2026-03-02 07:02:00,dua\n"),
        ("a.csv", "\ufeffid;Date;Body\r\n1;2026-03-02 07:01:00;satu\r\n2;2026-03-02 07:02:00;dua"),
        ("a.tsv", "id\tDate\tBody\n1\t2026-03-02T07:01:00Z\tsatu\n2\t2026-03-02T07:02Z\tdua\n"),
        ("a.csv", 'Body,Date,id\n"satu",1772434860,1\n"dua",1772434920000,2\n'),
        (
            "a.jsonl",
            '{"id":1,"Date":"Mon Mar 02 07:01:00 +0000 2026","Body":"satu"}\n'
            '{"id":2,"Date":"Mon, 02 Mar 2026 07:02:00 GMT","Body":"dua"}',
        ),
        (
            "a.ndjson",
            '{"id":1,"Date":"2026-03-02 14:01:00 +0700","Body":"satu"}\n\n'
            '{"id":2,"Date":"2026-03-02T14:02:00+07:00","Body":"dua"}',
        ),
    ],
)
@pytest.mark.parametrize("packing", ["plain", "gzip", "utf-16"])
def test_common_shapes_are_read(tmp_path: Path, name: str, content: str, packing: str) -> None:
    raw = content.encode("utf-8")
    if packing == "gzip":
        name, raw = f"{name}.gz", gzip.compress(raw)
    elif packing == "utf-16":
        raw = content.removeprefix("\ufeff").encode("utf-16")
    (tmp_path / name).write_bytes(raw)
    got = mentions(replay(tmp_path / name, columns={"text": "Body"}, platform="x"))
    told = [(m.platform, m.external_id, m.text, m.published_at) for m in got]
    minute = timedelta(minutes=1)
    assert told == [("x", "1", "satu", T0 + minute), ("x", "2", "dua", T0 + 2 * minute)]


def test_a_quoted_text_may_hold_lines_commas_and_quotes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        'text,date\n"satu,\n""dua"" 🙂",2026-03-02T07:01Z\ntiga,2026-03-02T07:02Z\n', "utf-8"
    )
    assert [m.text for m in mentions(replay(path))] == ['satu,\n"dua" 🙂', "tiga"]


def test_times_without_a_zone_are_in_the_zone_that_the_option_names(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,date\nkopi,02/03/2026 14.01\n", "utf-8")
    got = mentions(replay(path, time_zone="Asia/Jakarta", time_format="%d/%m/%Y %H.%M"))
    assert got[0].published_at == T0 + timedelta(minutes=1)


def test_unreadable_rows_are_skipped_and_counted_once(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    good = json.dumps(row(1))
    path.write_text(f'{good}\nnot json\n[]\n{{"text": "no time"}}\n{good[:-9]}\n{good}\n', "utf-8")
    pages = replay(path)
    assert len(mentions(pages)) == 2
    assert [p.skipped for p in pages] == [4]


def test_without_ids_equal_rows_are_one_mention_and_others_differ(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [row(1, "a"), row(1, "a"), row(1, "b"), row(2, "a")])
    ids = [m.external_id for m in mentions(replay(path))]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_authors_links_and_platforms_are_kept(tmp_path: Path) -> None:
    told = row(1, username="akun_1", url="https://x.example/1", platform="Twitter", lang="in")
    (mention,) = mentions(replay(jsonl(tmp_path / "a.jsonl", [told])))
    assert mention.author
    assert (mention.author.handle, mention.url) == ("akun_1", "https://x.example/1")
    assert (mention.platform, mention.lang_hint) == ("x", "in")


@pytest.mark.parametrize(
    ("link", "url", "platform"),
    [
        (
            "https://www.google.com/url?rct=j&sa=t&url=https%3A%2F%2Fkoran.example%2Fbasi&ct=ga",
            "https://koran.example/basi",
            "file",
        ),
        (
            "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.tiktok.com%2F%40a%2Fvideo%2F7&h=AT0",
            "https://www.tiktok.com/@a/video/7",
            "tiktok",
        ),
        ("https://www.google.com/search?q=kopi", "https://www.google.com/search?q=kopi", "file"),
    ],
)
def test_a_link_that_only_counts_who_follows_it_is_where_it_leads(
    tmp_path: Path, link: str, url: str, platform: str
) -> None:
    (mention,) = mentions(replay(jsonl(tmp_path / "a.jsonl", [row(1, url=link)])))
    assert (mention.url, mention.platform) == (url, platform)


def test_a_file_that_changed_is_not_gone_on_with(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", [row(1), row(8)])
    cursor = replay(path)[0].cursor
    jsonl(path, [row(1), row(8), row(9)])
    with pytest.raises(Rejected, match="is not the file it was"):
        replay(path, cursor)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.jsonl", b"", "is empty"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"text,date\n", "has no rows"),
        ("a.csv", b"apa,kapan\nkopi,2026\n", "it has apa, kapan; say which it is by"),
        (
            "a.jsonl",
            b'{"text": "kopi", "day": 1}\n',
            "no column for published_at: it has text, day",
        ),
        ("a.csv", b"text,date\nkopi,kemarin\n", "none of the 1 rows"),
        ("a.csv", "text,date\ncafé,2026-03-02T07:01Z\n".encode("latin-1"), "is not UTF-8"),
        ("a.jsonl", '{"text": "café"}\n'.encode("latin-1"), "is not UTF-8"),
        ("a.jsonl", b"text,date\nkopi,2026-03-02T07:01Z\n", "is not JSON lines"),
        ("a.jsonl", bytes(range(256)) * 64, "is not UTF-8"),
        ("a.csv.gz", gzip.compress(b"text,date\n" * 99, mtime=0)[:-20], "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_one_clear_sentence(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    encoding = "utf-8" if "UTF-8" in sentence else "auto"
    with pytest.raises(Rejected) as caught:
        replay(tmp_path / name, encoding=encoding)
    assert sentence in str(caught.value)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_clear_too(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="there is no file"):
        replay(tmp_path / "nowhere.csv")
    with pytest.raises(Rejected, match="cannot be read: Is a directory"):
        replay(tmp_path)


def test_a_named_column_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=r"no column 'isi' \(for text\): it has date, text"):
        replay(jsonl(tmp_path / "a.jsonl", [row(1)]), columns={"text": "isi"})


def test_another_encoding_is_read_where_it_is_stated(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("text,date\ncafé,2026-03-02T07:01Z\n".encode("cp1252"))
    assert mentions(replay(tmp_path / "a.csv", encoding="cp1252"))[0].text == "café"


def test_the_recorded_airline_week_is_told_whole_and_resumes_anywhere(shared: Path) -> None:
    path = shared / "data/airline/mentions.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        ids = [json.loads(line)["id"] for line in lines]
    pages = replay(path, platform="x")
    assert sorted(m.external_id for m in mentions(pages)) == sorted(ids)
    middle = len(pages) // 2
    rest = replay(path, through_json(pages[middle].cursor), platform="x")
    assert mentions(rest) == mentions(pages[middle + 1 :])

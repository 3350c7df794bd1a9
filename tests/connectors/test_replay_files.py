"""Files as people bring them are read, or one sentence says what to add."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Rejected
from connectors.replay.moments import form_of
from connectors.replay.options import ReplayOptions
from connectors.replay.preview import preview
from connectors.replay.reader import Reader, read_file
from monitor.model import Mention

T0 = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


def read(path: Path, **options: Any) -> Reader:
    return read_file(ReplayOptions(path=path, **options))


def mentions(path: Path, **options: Any) -> list[Mention]:
    reader = read(path, **options)
    return [reader.mention(i) for i in range(len(reader.rows))]


def write(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def brief(path: Path, **options: Any) -> list[tuple[str, str]]:
    """Times and texts."""
    return [(f"{m.published_at:%Y-%m-%d %H:%M}", m.text) for m in mentions(path, **options)]


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(Rejected) as caught:
        read(path, **options)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)
    return str(caught.value)


# --- a quote that is never closed


def rows(count: int, stray: dict[int, str], text: str = "kopi senja {n}") -> str:
    lines = ["id\tdate\ttext"]
    for n in range(count):
        told = stray.get(n, text.format(n=n))
        lines.append(f"{n}\t{T0 + timedelta(seconds=n):%Y-%m-%d %H:%M:%S}\t{told}")
    return "\n".join(lines) + "\n"


def test_an_unclosed_quote_loses_nothing_and_is_said(shared: Path) -> None:
    reader = read(shared / "cases/ingest/stray-quote.tsv")
    assert len(reader.rows) == 202
    assert any("quote that is not closed" in note for note in reader.notes)


@pytest.mark.parametrize(
    "stray",
    [
        {1: '"kopi 10 inci'},
        {1: '"kopi', 2: '"senja'},
        {1: '"kopi', 40: 'layar 10"'},
        {1: '"kopi', 199: 'inci"'},
        {199: '"kopi'},
        {0: '"'},
        {1: '"a', 2: 'b"', 3: '"c', 9: 'd"'},
        dict.fromkeys(range(200), '"kopi'),
    ],
)
def test_wherever_open_quotes_are_no_other_row_is_lost(
    tmp_path: Path, stray: dict[int, str]
) -> None:
    reader = read(write(tmp_path / "a.tsv", rows(200, stray)))
    assert len(reader.rows) >= 200 - len(stray) + len([s for s in stray.values() if s.strip('"')])
    texts = {reader.mention(i).text for i in range(len(reader.rows))}
    assert {f"kopi senja {n}" for n in range(200) if n not in stray} <= texts
    assert max(map(len, texts)) < 40


def test_a_quote_in_front_of_a_text_that_has_delimiters_costs_no_row(tmp_path: Path) -> None:
    lines = ["text,date", *(f"kopi {n},2026-03-02 07:{n:02d}" for n in range(60))]
    lines[5] = '"kopi, enak, sekali,2026-03-02 07:04'
    reader = read(write(tmp_path / "a.csv", "\n".join(lines)))
    assert len(reader.rows) == 60
    assert reader.mention(4).text == "kopi, enak, sekali"
    assert reader.rows.tally.repaired == 1


def test_texts_of_several_lines_stay_whole_however_they_look(tmp_path: Path) -> None:
    texts = ['satu,\n"dua" 🙂', "a\nb\n\nc", "akhir\nkata", 'x\n1,2026-03-02 07:00,"y"\nz', '"\n"']
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["text", "date"])
    for n, text in enumerate(texts):
        writer.writerow([text, f"2026-03-02 07:0{n}"])
    assert [m.text for m in mentions(write(tmp_path / "a.csv", out.getvalue()))] == [
        text.strip() for text in texts
    ]


# --- what stands around and between the columns


def test_a_nameless_column_is_nothing(shared: Path) -> None:
    for mention in mentions(shared / "cases/ingest/pandas-index.csv"):
        assert (mention.platform, mention.author, mention.title) == ("file", None, "")
        assert (mention.url, mention.lang_hint, mention.reply_to) == ("", "", None)


def test_a_delimiter_at_the_end_of_the_rows_is_nothing(shared: Path) -> None:
    told = [m.text for m in mentions(shared / "cases/ingest/trailing-delimiter.csv")]
    assert told == ["kopi senja", "kopi senja dua"]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("above", ["", "sep={sign}\n", "Report:{sign}Kopi\nFrom:{sign}1\n\n"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_delimiter_preamble_line_ends_and_encoding_are_found(
    tmp_path: Path, sign: str, above: str, ending: str, encoding: str
) -> None:
    content = above.format(sign=sign) + sign.join(("date", "text", "user")) + "\n"
    content += sign.join(("2026-03-02 07:01", "café senja", "a")) + "\n" + sign * 2 + "\n"
    content += sign.join(("2026-03-02 07:02", '"kopi\nsenja"', "b")) + "\n"
    raw = content.replace("\n", ending).encode(encoding)
    told = brief(write(tmp_path / "a.csv", raw))
    inner = "\n" if ending == "\r" else ending
    assert told == [
        ("2026-03-02 07:01", "café senja"),
        ("2026-03-02 07:02", f"kopi{inner}senja"),
    ]


def test_what_is_found_wrongly_can_be_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "date#text\ndate#text\n2026-03-02 07:01#kopi, senja; |\n")
    assert brief(path, delimiter="#", skip_rows=1) == [("2026-03-02 07:01", "kopi, senja; |")]


def test_rows_that_lack_their_last_cells_or_hold_delimiters_in_the_text_are_read(
    tmp_path: Path,
) -> None:
    short = write(tmp_path / "a.csv", "date,text,user,url\n2026-03-02 07:01,kopi\n")
    assert brief(short) == [("2026-03-02 07:01", "kopi")]
    more = write(tmp_path / "b.csv", "date,text\n2026-03-02 07:01,kopi, senja, basi\n")
    assert brief(more) == [("2026-03-02 07:01", "kopi, senja, basi")]


def test_a_file_that_is_half_read_stops_with_an_example(tmp_path: Path) -> None:
    good = "".join(f"2026-03-02 07:{n:02d},kopi {n}\n" for n in range(30))
    bad = "".join(f"kemarin pukul {n},kopi {n}\n" for n in range(20))
    path = write(tmp_path / "a.csv", f"date,text\n{good}{bad}")
    said = refused(path)
    assert "only 30 of 50 lines" in said
    assert "20 rows with no time that can be read (line 32: “kemarin pukul 0”)" in said
    assert "--skip-unreadable" in said
    assert len(mentions(path, skip_unreadable=True)) == 30


# --- times


def test_dates_that_can_be_two_are_refused_with_the_option_to_give(shared: Path) -> None:
    path = shared / "cases/ingest/dd-mm-yyyy-semicolon.csv"
    said = refused(path)
    assert '--time-format "%d/%m/%Y %H:%M" (day first)' in said
    assert '"%m/%d/%Y %H:%M" (month first)' in said
    assert brief(path, time_format="%d/%m/%Y %H:%M") == [("2026-03-02 17:30", "kopi senja")]


def test_a_stray_quote_changes_nothing_of_a_crisis(shared: Path) -> None:
    good, stray = (
        mentions(shared / f"cases/ingest/crisis-{name}.tsv.gz")
        for name in ("good", "one-stray-quote")
    )
    assert [(m.external_id, m.published_at) for m in good] == [
        (m.external_id, m.published_at) for m in stray
    ]
    assert sum(a.text != b.text for a, b in zip(good, stray, strict=True)) <= 1


@pytest.mark.parametrize(("other", "month"), [("25/03/2026 10:00", 3), ("03/25/2026 10:00", 2)])
@pytest.mark.parametrize("first", [True, False])
def test_one_date_of_the_file_tells_the_order_of_all(
    tmp_path: Path, other: str, month: int, first: bool
) -> None:
    dates = [other, "02/03/2026 10:00"] if first else ["02/03/2026 10:00", other]
    path = write(tmp_path / "a.csv", "date,text\n" + "".join(f"{d},{d[:5]}\n" for d in dates))
    told = {m.text: m.published_at for m in mentions(path)}
    assert told["02/03"] == datetime(2026, month, 5 - month, 10, tzinfo=UTC)


def test_dates_in_two_orders_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "date,text\n25/03/2026,a\n03/25/2026,b\n02/03/2026,c\n")
    assert "in two orders, “25/03/2026” and “03/25/2026”" in refused(path)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("02/03/2026 17:30", "%d/%m/%Y %H:%M"),
        ("2/3/26 5:30 PM", "%d/%m/%y %I:%M %p"),
        ("02-03-2026", "%d-%m-%Y"),
        ("02/03/2026, 17.30.15", "%d/%m/%Y, %H.%M.%S"),
    ],
)
def test_the_option_that_is_offered_reads_the_example(text: str, form: str) -> None:
    assert form_of(text, day_first=True) == form
    assert datetime.strptime(text, form).month == 3


def test_a_twelve_hour_clock_is_read(shared: Path) -> None:
    told = brief(shared / "cases/ingest/twelve-hour-clock.csv")
    assert [time[-5:] for time, _ in told] == ["05:30", "17:30"]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("date,time,text", "2026-03-02,17:30:00,kopi"),
        ("Tanggal,Jam,Isi", "2 Maret 2026,17.30,kopi"),
        ("Date,Hour,Content", "2026-03-02,17:30,kopi"),
        ("Date,Time,Text", "02-Mar-2026,5:30 PM,kopi"),
        ("date,time,text", "2026-03-02 00:00:00,17:30:00,kopi"),
        ("date,time,text", "2026-03-02 17:30:00,00:00:00,kopi"),
    ],
)
def test_date_and_time_may_stand_in_two_columns(tmp_path: Path, header: str, row: str) -> None:
    path = write(tmp_path / "a.csv", f"{header}\n{row}\n")
    assert brief(path) == [("2026-03-02 17:30", "kopi")]


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("date,text\n2026-03-02 17:30 WIB,kopi\n", {}),
        ("Date (WIB),text\n2026-03-02 17:30,kopi\n", {}),
        ("Created Time (GMT+7),text\n2026-03-02 17:30,kopi\n", {}),
        ("Times in Asia/Jakarta\ndate,text\n2026-03-02 17:30,kopi\n", {}),
        ("date,text\n2026-03-02 17:30,kopi\n", {"time_zone": "Asia/Jakarta"}),
        ("Date (WITA),text\n2026-03-02 17:30,kopi\n", {"time_zone": "Asia/Jakarta"}),
        ("date,text\nSenin, 02 Mar 2026 17:30 WIB,kopi\n".replace("Senin, ", "Senin "), {}),
    ],
)
def test_the_zone_is_found_where_the_file_names_it(
    tmp_path: Path, content: str, options: dict[str, str]
) -> None:
    assert brief(write(tmp_path / "a.csv", content), **options) == [("2026-03-02 10:30", "kopi")]


def test_serial_numbers_of_spreadsheets_and_null_dates(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "date,text\n46083.7291666667,kopi\n1970-01-01,nol\n")
    reader = read(path)
    assert brief(path) == [("2026-03-02 17:30", "kopi")]
    assert reader.rows.tally.left["a date that stands for none"].example == "1970-01-01"


# --- ids and texts


def test_ids_that_a_spreadsheet_rounded_are_none_and_it_is_said(shared: Path) -> None:
    reader = read(shared / "cases/ingest/excel-scientific-ids.csv")
    told = [reader.mention(i).external_id for i in range(len(reader.rows))]
    assert len(set(told)) == 50
    assert not any("E+" in name for name in told)
    assert any("1.23E+18" in note for note in reader.notes)


def test_an_id_of_several_different_rows_names_none_of_them(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv",
        "id,date,text\n"
        + "".join(
            f"{'12345678901234500' if n % 2 else n},2026-03-02 07:{n:02d},kopi {n}\n"
            for n in range(20)
        ),
    )
    names = [m.external_id for m in mentions(path)]
    assert len(set(names)) == 20
    assert names[2] == "2"


X_PAGE: dict[str, Any] = {
    "data": [
        {
            "id": "9",
            "text": "RT @a: Sudah tiga kali pesan, tiga kali pula dapat minuman ba…",
            "author_id": "7",
            "created_at": "2026-03-02T07:01:00.000Z",
            "referenced_tweets": [{"type": "retweeted", "id": "5"}],
        }
    ],
    "includes": {
        "users": [{"id": "7", "username": "akun_contoh"}],
        "tweets": [{"id": "5", "text": "Sudah tiga kali, basi di kopi senja"}],
    },
}


def test_the_text_of_a_repost_is_whole_or_left_to_its_original(
    tmp_path: Path, shared: Path
) -> None:
    said = refused(shared / "cases/ingest/x-retweet-truncated.json")
    assert "a repost whose text X has cut off" in said
    (whole,) = mentions(write(tmp_path / "a.json", json.dumps(X_PAGE)))
    assert whole.text == "Sudah tiga kali, basi di kopi senja"
    assert whole.author is not None
    assert whole.author.handle == "akun_contoh"
    old = {
        "id_str": "9",
        "full_text": "RT @a: Sud…",
        "created_at": "Mon Mar 02 07:01:00 +0000 2026",
        "user": {"screen_name": "akun", "followers_count": 12},
        "retweeted_status": {"full_text": "Sudah tiga kali basi"},
    }
    (first,) = mentions(write(tmp_path / "b.jsonl", json.dumps(old) + "\n"))
    assert (first.external_id, first.text) == ("9", "Sudah tiga kali basi")
    assert first.author is not None
    assert (first.author.handle, first.author.followers) == ("akun", 12)


ROWS = [{"date": "2026-03-02 07:01", "text": "satu"}, {"date": "2026-03-02 07:02", "text": "dua"}]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", json.dumps(ROWS)),
        ("a.json", json.dumps(ROWS, indent=2)),
        ("a.json", json.dumps({"count": 2, "results": ROWS}, indent=1)),
        ("a.json", "\n".join(map(json.dumps, ROWS))),
        ("export", json.dumps(ROWS)),
        ("tweets.js", f"window.YTD.tweets.part0 = {json.dumps([{'tweet': r} for r in ROWS])}"),
        ("a.jsonl", json.dumps(ROWS)),
        ("a.json", json.dumps({"data": ROWS})),
        ("a.jsonl", json.dumps({"data": ROWS[:1]}) + "\n" + json.dumps({"data": ROWS[1:]}) + "\n"),
    ],
)
def test_json_of_any_form_is_read(tmp_path: Path, name: str, content: str) -> None:
    told = brief(write(tmp_path / name, content))
    assert told == [("2026-03-02 07:01", "satu"), ("2026-03-02 07:02", "dua")]


def test_zip_and_gzip_are_opened(tmp_path: Path) -> None:
    content = "date,text\n2026-03-02 07:01,kopi\n"
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mentions.csv", content)
    assert brief(packed) == [("2026-03-02 07:01", "kopi")]
    assert brief(write(tmp_path / "a.csv.gz", gzip.compress(content.encode()))) == brief(packed)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("other.csv", content)
    assert "holds 2 files" in refused(packed)


def test_a_preview_says_what_was_found_and_shows_rows(tmp_path: Path) -> None:
    content = 'Report:,x\nDate (WIB),Isi,Akun\n25/03/2026 17:30,"kopi, senja",a\nkemarin,x,y\n'
    told = "\n".join(preview(ReplayOptions(path=write(tmp_path / "a.csv", content))))
    for said in (
        "a.csv: a table, utf-8",
        "header in line 2, 1 line above it; columns separated by comma",
        "text = Isi, published_at = Date (WIB)",
        "the day first, as in “25/03/2026 17:30”",
        "(by the column's name “Date (WIB)”)",
        "read: 1 row in 1 of 2 lines",
        "left out: 1 row with no time that can be read (line 4: “kemarin”)",
        "2026-03-25 10:30:00 UTC  file a  (no id)",
        "kopi, senja",
    ):
        assert said in told


def test_one_row_of_json_is_a_row_whatever_lists_it_holds(tmp_path: Path) -> None:
    row = {"date": "2026-03-02 07:01", "text": "kopi", "entities": {"tags": [{"text": "a"}]}}
    assert brief(write(tmp_path / "a.json", json.dumps(row))) == [("2026-03-02 07:01", "kopi")]


def test_quotes_after_a_space_and_lost_bytes_do_no_harm(tmp_path: Path) -> None:
    spaced = '"date", "text"\n"2026-03-02 07:01", "kopi, senja"\n'
    assert brief(write(tmp_path / "a.csv", spaced)) == [("2026-03-02 07:01", "kopi, senja")]
    lost = "date,text\n2026-03-02 07:01,ko\x00pi\n" + "2026-03-02 07:02,kopi\n" * 20
    assert len(brief(write(tmp_path / "b.csv", lost))) == 21

"""What strangers put into files stays what it is: words, names and numbers."""

from __future__ import annotations

import gzip
import tarfile
import zipfile
from pathlib import Path

import pytest

from connectors.base import Rejected
from connectors.replay.options import ReplayOptions
from connectors.replay.preview import preview
from connectors.replay.reader import read_file
from monitor.model import Mention


def read(path: Path) -> list[Mention]:
    reader = read_file(ReplayOptions(path=path))
    return [reader.mention(i) for i in range(len(reader.rows))]


def write(path: Path, content: str) -> Path:
    path.write_text(content, "utf-8")
    return path


ROWS = "date,author,text,url\n" + "".join(
    f"2026-03-0{1 + n // 5} 07:0{n % 5},a{n},kopi senja {n},https://x.com/a/status/{n}\n"
    for n in range(30)
)


@pytest.mark.parametrize(
    "footer",
    [
        "2026-03-20,,Total: 30,",
        "2026-03-20 10:00,,Exported by SocialTool,",
        "2026-03-20,,30,",
        "2026-03-20,Jumlah,30,",
        "\n2026-03-20,Total mentions,30,",
        "2026-03-20,,© SocialTool,\n2026-03-20,,Page 1,",
    ],
)
def test_what_closes_an_export_under_a_date_is_no_mention(footer: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", f"{ROWS}{footer}\n")
    assert [mention.text for mention in read(path)][-1] == "kopi senja 29"
    assert "what closes a file and is no mention (line 32" in "\n".join(
        preview(ReplayOptions(path=path))
    ).replace("line 33", "line 32")


@pytest.mark.parametrize(
    "last",
    [
        "2026-03-20,b,Total kecewa sama kopi senja,https://x.com/b/status/1",
        "2026-03-20,b,Jumlah antrean 30,",
        "2026-03-20,b,kopi senja basi,",
    ],
)
def test_a_last_mention_stays_one_though_it_lacks_something(last: str, tmp_path: Path) -> None:
    assert len(read(write(tmp_path / "a.csv", f"{ROWS}{last}\n"))) == 31


def test_a_platform_from_a_file_is_a_name_and_nothing_else(tmp_path: Path) -> None:
    content = "date,text,platform\n2026-03-02 07:01,kopi,\x1b[31mTwitter\x07\n"
    content += "2026-03-02 07:02,kopi,\x1b]0;x\x07Forum\n2026-03-02 07:03,kopi,all\n"
    told = [m.platform for m in read(write(tmp_path / "a.csv", content))]
    assert told == ["x", "0 x forum", "file"]


def test_ids_that_exports_shield_from_spreadsheets_are_read(tmp_path: Path) -> None:
    content = 'id,date,text\n"=""2028438921016246272""",2026-03-02 07:01,kopi\n'
    (mention,) = read(write(tmp_path / "a.csv", content))
    assert mention.external_id == "2028438921016246272"


def test_what_strangers_wrote_sends_nothing_to_the_terminal(tmp_path: Path) -> None:
    content = (
        "date,text,us\x1ber\n2026-03-02 07:01,\x1b]0;x\x07kopi\x1b[2J,\x1b[31ma\n\x1b[31m,x,y\n"
    )
    told = "\n".join(preview(ReplayOptions(path=write(tmp_path / "a.csv", content))))
    assert "kopi" in told
    assert "\x1b" not in told
    with pytest.raises(Rejected) as caught:
        read(write(tmp_path / "b.csv", "d\x1bate,text\n\x1b[31m,x\n"))
    assert "\x1b" not in str(caught.value)


def test_a_text_of_any_length_is_one_cell(tmp_path: Path) -> None:
    content = f'date,text\n2026-03-02 07:01,"{"kopi, " * 40_000}"\n2026-03-02 07:02,b\n'
    first, second = read(write(tmp_path / "a.csv", content))
    assert (len(first.text), second.text) == (40_000 * 6 - 1, "b")


@pytest.mark.parametrize(("opening", "closing"), ["''", "“”", "„“", "«»", '""'])
@pytest.mark.parametrize("sign", [",", ";"])
def test_cells_in_any_quotes_are_read(
    tmp_path: Path, opening: str, closing: str, sign: str
) -> None:
    said = [f"Kopi basi{sign} kata Andi", "Jum'at tutup", 'es "batu" kotor']
    cells = [["date", "author", "text"]]
    cells += [[f"2026-03-02 07:0{at}", "a", text] for at, text in enumerate(said)]
    if opening == '"':
        cells = [[cell.replace('"', '""') for cell in row] for row in cells]
    quoted = [[f"{opening}{cell}{closing}" for cell in row] for row in cells]
    content = "\n".join(sign.join(row) for row in quoted) + "\n"
    assert [m.text for m in read(write(tmp_path / "a.csv", content))] == said


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("News Date,News Headline,News Text", "3/13/2026,judul,kopi basi"),
        ("Published Date (GMT+07:00) Jakarta,Sound Bite Text,Title", "2026-03-13,kopi basi,"),
        ("Дата,Время,Заголовок,Текст упоминания,Автор", "13.03.2026,10:30,,kopi basi,budi"),
        ("Published,Title,Link", "2026-03-13,<b>kopi</b> <em class='hit'>basi</em>,"),
        ("Date;Media;Headline;Abstract;Byline", "2026-03-13;Detik;judul;kopi basi;Budi"),
        ("timestamp,fullName,commentDate,comment", "2026-03-19,Budi,2026-03-13,kopi basi"),
        ("post_date,post,comment,comment_date", "2026-03-19,promo,kopi basi,2026-03-13"),
        ("Date,Reviewer,Review,Reply,Reply Date", "2026-03-13,Budi,kopi basi,maaf,2026-03-19"),
        ("Cap waktu,Nama,Kritik dan saran", "13/03/2026 10:05:09,Budi,kopi basi"),
    ],
)
def test_what_tools_call_a_text_and_a_time_is_known(tmp_path: Path, header: str, row: str) -> None:
    (mention,) = read(write(tmp_path / "a.csv", f"{header}\n{row}\n"))
    assert mention.text == "kopi basi"
    assert (mention.published_at.month, mention.published_at.day) in ((3, 13), (3, 12))


@pytest.mark.parametrize(
    ("written", "platform"),
    [("IG", "instagram"), ("FB", "facebook"), ("Tik Tok", "tiktok"), ("Media Online", "news")],
)
def test_platforms_are_known_by_what_people_write(
    tmp_path: Path, written: str, platform: str
) -> None:
    for header in ("platform", "jenis media", "media sosial"):
        content = f"tanggal,isi,{header}\n2026-03-02 07:01,kopi basi,{written}\n"
        assert [m.platform for m in read(write(tmp_path / "a.csv", content))] == [platform]


@pytest.mark.parametrize("sign", "-/")
def test_a_year_of_two_digits_may_come_first(tmp_path: Path, sign: str) -> None:
    first = ["date,text", "25-12-31 14:01,a", "26-01-02 14:01,b", "26-01-13 14:01,c"]
    last = ["date,text", "31-12-25 14:01,a", "02-01-26 14:01,b", "13-01-26 14:01,c"]
    for lines in (first, last):
        content = "\n".join(lines).replace("-", sign)
        told = [f"{m.published_at:%y%m%d}" for m in read(write(tmp_path / "a.csv", content))]
        assert told == ["251231", "260102", "260113"]


def test_a_readme_beside_the_export_in_an_archive_is_not_it(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hi")
        archive.writestr("data/mentions.csv", "date,text\n2026-03-02 07:01,kopi basi\n")
    assert [m.text for m in read(path)] == ["kopi basi"]


def test_what_is_packed_within_an_archive_is_opened_and_an_archive_of_files_says_so(
    tmp_path: Path,
) -> None:
    content = b"date,text\n2026-03-02 07:01,kopi basi\n"
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("mentions.csv.gz", gzip.compress(content))
    assert [m.text for m in read(tmp_path / "export.zip")] == ["kopi basi"]
    (tmp_path / "mentions.csv").write_bytes(content)
    with tarfile.open(tmp_path / "export.tar.gz", "w:gz") as packed:
        packed.add(tmp_path / "mentions.csv", "mentions.csv")
    with pytest.raises(Rejected, match="tar archive: unpack it"):
        read(tmp_path / "export.tar.gz")
    with zipfile.ZipFile(tmp_path / "export.numbers", "w") as archive:
        archive.writestr("Index/Document.iwa", "x")
        archive.writestr("preview.jpg", "x")
    with pytest.raises(Rejected, match="Numbers document"):
        read(tmp_path / "export.numbers")

"""What strangers put into files stays what it is: words, names and numbers."""

from __future__ import annotations

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

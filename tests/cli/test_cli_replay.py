"""``siaga replay`` as a person meets it: what was found first, and one sentence where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli.replay import replay
from monitor.problems import Problem
from monitor.store.engine import Database
from monitor.store.overview import progress

CONFIG = """\
brands:
  - {slug: kopi, name: Kopi, query: kopi}
"""


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SIAGA_CONFIG", raising=False)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(replay, arguments)


def problem(*arguments: str) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, Problem)
    return str(result.exception)


def test_a_preview_needs_no_config_plays_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    Path("a.csv").write_text("Report\nTanggal;Isi;Akun\n2026-03-02 07:01;kopi senja;a\n")
    result = run("a.csv", "--preview")
    assert result.exit_code == 0, result.output
    for said in (
        "a.csv: a table, utf-8",
        "header in line 2, 1 line above it; columns separated by semicolon",
        "columns: text = Isi, published_at = Tanggal, author = Akun",
        "read: 1 row in 1 of 1 lines",
        "2026-03-02 07:01:00 UTC  file a",
    ):
        assert said in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_what_is_found_wrongly_is_said_by_options() -> None:
    Path("a.csv").write_text("x\nwhen#what\n02/03/2026 17:30#kopi\n")
    options = ("--delimiter", "#", "--skip-rows", "1", "--time-format", "%d/%m/%Y %H:%M")
    columns = ("--column", "published_at=when", "--column", "text=what")
    result = run("a.csv", "--preview", "--time-zone", "Asia/Jakarta", *options, *columns)
    assert "2026-03-02 10:30:00 UTC" in result.output
    assert "Asia/Jakarta (as you said)" in result.output


def test_what_cannot_be_read_is_one_sentence_with_what_to_do() -> None:
    Path("a.csv").write_text("date,text\n02/03/2026,kopi\n")
    assert '--time-format "%d/%m/%Y"' in problem("a.csv", "--preview")
    assert "there is no file" in problem("none.csv", "--preview")
    assert "no such time zone: Mars" in problem("a.csv", "--preview", "--time-zone", "Mars")
    assert "one character" in problem("a.csv", "--preview", "--delimiter", "::")
    Path("siaga.yaml").write_text(CONFIG)
    assert '--time-format "%d/%m/%Y"' in problem("a.csv")


def test_a_replay_says_first_how_much_of_the_file_it_plays() -> None:
    Path("siaga.yaml").write_text(CONFIG)
    rows = "".join(f"{n},2026-03-02 07:0{n},kopi {n}\n" for n in range(4))
    Path("a.csv").write_text(f'id,date,text\n{rows}9,2026-03-02 07:09,"kopi\nx,kemarin,kopi\n')
    result = run("a.csv", "--platform", "x")
    assert result.exit_code == 0, result.output
    assert "read: 5 rows in 5 of 6 lines" in result.output
    assert "left out: 1 row with no time that can be read (line 7: “kemarin”)" in result.output
    assert "1 row had a quote that is not closed" in result.output
    assert "5 new mentions" in result.output


@pytest.mark.parametrize("database", ["one.db", "sqlite:///one.db"])
def test_another_database_is_a_file_or_an_address(database: str) -> None:
    Path("siaga.yaml").write_text(CONFIG)
    Path("one.csv").write_text("id,date,text\n1,2026-03-02 07:00,kopi\n")
    said = run("one.csv", "--platform", "x", "--database", database).output
    assert "1 new mention in " in said
    assert Path("one.db").exists()


def test_last_years_export_is_heard_although_the_brand_is_listened_to_since_this_year(
    tmp_path: Path,
) -> None:
    (tmp_path / "siaga.yaml").write_text(
        "brands: [{slug: kopi, name: Kopi, query: kopi, covered_from: 2026-03-01T00:00+07:00}]"
    )
    file = tmp_path / "last-year.csv"
    rows = [f"x,{n},2025-03-0{1 + n // 24}T{n % 24:02}:00:00Z,kopi {n}" for n in range(48)]
    file.write_text("\n".join(["platform,id,published_at,text", *rows]))
    played = run(str(file), "--config", str(tmp_path / "siaga.yaml"))
    assert played.exit_code == 0, played.output
    db = Database(f"sqlite:///{tmp_path / 'siaga-replay.db'}")
    with db.read() as tx:
        assert progress(tx)["kopi"].closed_until is not None
    db.close()

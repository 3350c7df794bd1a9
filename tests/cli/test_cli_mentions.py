"""`siaga mentions`: what was heard, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.app import App
from monitor.cli.main import main_group
from monitor.cli.opened import opened
from monitor.clock import utc_now
from monitor.jobs.views.mentions import following, latest
from monitor.model import Author, Mention
from monitor.problems import Problem
from monitor.store.mentions import store_readings

CONFIG = """
version: 1
brands:
  - {slug: senja, name: Kopi Senja, query: '"kopi senja"'}
  - {slug: rasa, name: Roti Rasa, query: '"roti rasa"'}
"""
TEXTS = {
    "1": "Kopi Senja enak banget, mantap!",
    "2": "Saya keracunan Kopi Senja, parah\x1b[31m sekali",
    "3": "Roti rasa cokelatnya biasa saja",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "siaga.yaml").write_text(CONFIG)
    with opened(tmp_path / "siaga.yaml", create=True) as app:
        hear(app, TEXTS)
    return tmp_path


def hear(app: App, texts: dict[str, str]) -> None:
    at = utc_now() - timedelta(minutes=10)
    mentions = [
        Mention("x", n, at, text, Author(f"orang{n}"), f"https://x.example/{n}")
        for n, text in texts.items()
    ]
    readings = [reading for found in app.enricher.read(mentions) for reading in found]
    with app.db.write() as tx:
        store_readings(tx, readings, at, {})


def siaga(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(
        main_group, ["mentions", *words, "--config", str(folder / "siaga.yaml")]
    )


def lines(result: Result) -> Iterator[dict[str, object]]:
    assert not result.exception, result.exception
    return (json.loads(line) for line in result.output.splitlines())


def test_it_shows_text_mood_reason_and_link_and_no_control_character(folder: Path) -> None:
    shown = siaga(folder).output
    for said in ("Kopi Senja · X · orang1 · positive", "keracunan", "https://x.example/2"):
        assert said in shown
    assert 'matched "kopi senja"; mood by ' in shown
    assert "crisis: keracunan" in shown
    assert "\x1b[31m sekali" not in shown


def test_it_shows_one_brand_what_matches_and_no_more_than_asked(folder: Path) -> None:
    assert [one["id"] for one in lines(siaga(folder, "--json", "--brand", "rasa"))] == ["3"]
    assert [one["id"] for one in lines(siaga(folder, "--json", "--query", "parah"))] == ["2"]
    assert [one["id"] for one in lines(siaga(folder, "--json", "--limit", "1"))] == ["3"]


def test_its_json_has_everything_a_script_may_want(folder: Path) -> None:
    [one] = lines(siaga(folder, "--json", "--query", "keracunan"))
    assert (one["brand"], one["platform"], one["mood"]) == ("senja", "x", "negative")
    assert one["matched"] == ['"kopi senja"']
    assert "keracunan" in str(one["crisis_terms"])
    assert one["why"]
    assert float(str(one["negative"])) > 0.5


def test_a_brand_that_is_not_there_and_an_empty_database_are_told(folder: Path) -> None:
    result = siaga(folder, "--brand", "rase")
    assert isinstance(result.exception, Problem)
    assert "senja, rasa" in str(result.exception)
    assert "Nothing that matches was heard yet" in siaga(folder, "--query", "tidakada").stderr


def test_what_comes_in_later_follows_once_and_in_order(folder: Path) -> None:
    with opened(folder / "siaga.yaml") as app:
        last = latest(app, ["senja"], None, 10)[-1].id
        assert list(following(app, ["senja"], None, last)) == []
        hear(app, {"4": "kopi senja tutup", "5": "kopi senja buka lagi"})
        assert [one.external_id for one in following(app, ["senja"], None, last)] == ["4", "5"]

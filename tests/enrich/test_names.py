"""A brand's name carries no sentiment, however it is written and whatever it means."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.enrich.names import Names, read_as, without_names
from monitor.enrich.pipeline import Enricher
from monitor.enrich.sentiment.shipped import load
from monitor.model import Mention
from monitor.query.parse import parse

AT = datetime(2026, 3, 1, tzinfo=UTC)


def masked(query: str, text: str, *called: str) -> str:
    names = Names({"b": parse(query)}, {"b": called})
    return names.mask(text, ["b"], "@user").read


@pytest.mark.parametrize(
    ("query", "text", "read"),
    [
        ('"best buy"', "Best Buy parah", "@user parah"),
        ('"best buy"', "BEST  BUY's staff", "@user's staff"),
        ('"best buy"', "#BestBuy dan @bestbuy parah", "@user dan @user parah"),
        ('"kopi senja"', "kopisenjanya basi, Kopi-Senja!", "@usernya basi, @user!"),
        ("@kopisenja", "parah @kopisenja", "parah @user"),
        ("café*", "cafe, Cafés", "@user, @users"),
        ('"mcdonald\'s"', "McDonald’s lama", "@user lama"),
        ('"good day" AND (basi OR keracunan)', "Good Day basi", "@user basi"),
        ('("good day" OR gooday) NOT pagi', "gooday pagi", "@user pagi"),
        ("good day", "good day basi", "@user @user basi"),
        ("大阪", "新大阪駅", "新@user駅"),
        ("platform:x", "apa saja", "apa saja"),
    ],
)
def test_what_names_the_brand_is_masked_and_nothing_else(query: str, text: str, read: str) -> None:
    assert masked(query, text) == read


def test_its_name_in_the_config_counts_beside_its_query() -> None:
    assert masked("zorvex", "Happy Tummy enak, zorvex", "Happy Tummy") == "@user enak, @user"
    assert masked("kopi AND basi", "kopi basi", "Kopi") == "@user basi"


def test_names_that_overlap_are_one_and_each_brand_is_found_in_it() -> None:
    names = Names({"a": parse("kopi"), "b": parse('"kopi senja"')})
    found = names.mask("kopi senja basi, kopi enak", ["a", "b"], "X")
    assert found.read == read_as(found.text, "X") == "X basi, X enak"
    assert set(found.named) == {"a", "b"}
    assert len(found.named["a"]) == 2
    assert len(found.named["b"]) == 1


def test_a_name_is_taken_out_of_a_text_alone() -> None:
    assert without_names("Best Buy is bad", ["best buy", ""], "@user") == "@user is bad"


def test_fifty_names_read_the_same_complaints_and_the_same_plain_texts_alike() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
    from name_bias import measure

    found = measure()
    assert len(found.names) >= 50
    assert found.spread <= 2
    assert found.complaints_found >= 14
    assert found.worst_neutral <= 1


def test_what_is_praised_and_what_is_blamed_is_told_with_names_of_any_meaning() -> None:
    queries = {"good": parse('"good day"'), "bad": parse('"bad dog"')}
    (found,) = Enricher(queries, {}, load()).read(
        [Mention("x", "1", AT, "bad dog enak banget, tapi good day basi dan mengecewakan")]
    )
    assert {reading.brand: reading.sentiment.label for reading in found} == {
        "good": "negative",
        "bad": "positive",
    }

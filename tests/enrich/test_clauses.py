"""Sentiment toward a brand: a mention that praises one and damns another is read for each."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.enrich.pipeline import Enricher
from monitor.enrich.sentiment.clauses import Part, parts
from monitor.enrich.sentiment.shipped import load
from monitor.model import Mention
from monitor.query.parse import parse

BRANDS = {"alpa": parse("alpa OR alpanet"), "beta": parse("beta OR betafood")}

TABLE = [
    # text, toward alpa, toward beta
    ("I love the service at alpa, but beta was a terrible disaster.", "positive", "negative"),
    ("alpa is awful and rude. beta is great, thank you so much!", "negative", "positive"),
    ("beta was great while alpa lost my luggage, worst experience ever", "negative", "positive"),
    (
        "So happy with alpa! beta on the other hand is the worst, never again.",
        "positive",
        "negative",
    ),
    (
        "Switched from beta because it is horrible; alpa is amazing and friendly",
        "positive",
        "negative",
    ),
    ("alpa is excellent, however beta ripped me off, what a scam", "positive", "negative"),
    ("alpa is so much better than beta", "positive", "negative"),
    ("Pelayanan alpa ramah dan cepat, tapi beta parah dan mengecewakan.", "positive", "negative"),
    ("beta enak banget, sedangkan alpa basi dan mahal", "negative", "positive"),
    (
        "alpa penipu, barang saya tidak dikirim. beta bagus dan amanah, puas banget",
        "negative",
        "positive",
    ),
    ("Kecewa sama alpa, pelayanannya buruk; beta memuaskan dan ramah", "negative", "positive"),
    ("alpa mantap dan cepat, beta lemot dan sering error", "positive", "negative"),
    ("alpa jauh lebih bagus daripada beta", "positive", "negative"),
    ("sinyal alpa jelek banget, padahal beta lancar dan bagus", "negative", "positive"),
    ("alpa service-nya bad banget, but beta super friendly and helpful", "negative", "positive"),
    ("love banget sama alpa, tapi beta worst banget dan staff-nya rude", "positive", "negative"),
    ("beta zonk parah, mending alpa recommended banget", "positive", "negative"),
    ("alpa was wonderful and beta was horrible", "positive", "negative"),
    (
        "@alpa you are the best! @beta you should be ashamed, worst support ever",
        "positive",
        "negative",
    ),
    ("Unlike beta, alpa is friendly and fast, love it", "positive", "negative"),
    ("Compared to alpa, beta is great and super helpful", "negative", "positive"),
    ("Terrible food, rude staff at beta. Went to alpa instead: delicious!", "positive", "negative"),
    ("Parah banget pelayanannya, beta. alpa mah mantap dan ramah", "positive", "negative"),
    ("alpa ramah banget! Beda sama beta, adminnya jutek dan kasar", "positive", "negative"),
    ("beta lebih murah dan enak dari alpa", "negative", "positive"),
    ("alpa enak lan ramah, nanging beta elek banget lan larang", "positive", "negative"),
    ("worst experience sama beta, untung alpa helpful banget, thank you", "positive", "negative"),
]


PIECES = [
    "alpa",
    "beta",
    "but",
    "tapi",
    "than",
    "lebih",
    "dari",
    "and",
    ",",
    ".",
    "great",
    "jelek",
    "unlike",
    "😡",
    "@alpa",
    "\n",
    "\ud800",
    "\u202e",
    "dan",
]
READER = Enricher(BRANDS, {}, load())


def readings(text: str) -> dict[str, str]:
    mention = Mention("x", "1", datetime(2026, 3, 1, tzinfo=UTC), text)
    return {found.brand: found.sentiment.label for found in READER.read([mention])[0]}


@pytest.mark.parametrize(("text", "alpa", "beta"), TABLE)
def test_praise_of_one_and_blame_of_another_is_read_for_each(
    text: str, alpa: str, beta: str
) -> None:
    assert readings(text) == {"alpa": alpa, "beta": beta}


def test_a_list_of_brands_shares_one_mood() -> None:
    assert parts("alpa, beta and gama are all terrible", {"alpa": ["alpa"], "beta": ["beta"]}) == {}
    assert readings("alpa dan beta sama sama mengecewakan, kapok") == {
        "alpa": "negative",
        "beta": "negative",
    }


@pytest.mark.parametrize(
    "text",
    [
        "naik alpa dan beta sama-sama mengecewakan",
        "I flew with alpa and beta and both were awful",
        "alpa dan beta payah",
        "alpa, beta: payah",
        "nothing is better than alpa",
        "gak ada yang lebih enak daripada alpa",
        "waited longer than usual at alpa",
    ],
)
def test_what_is_said_of_all_or_compares_nothing_is_read_whole(text: str) -> None:
    named = {"alpa": ["alpa"], "beta": ["beta"]} if "beta" in text else {"alpa": ["alpa"]}
    assert parts(text, named) == {}


def test_a_rival_that_nobody_watches_is_still_what_the_brand_is_compared_with() -> None:
    found = parts("gama jauh lebih enak daripada alpa", {"alpa": ["alpa"]})
    assert found == {"alpa": Part("gama jauh lebih enak daripada alpa", turned=True)}


def test_a_word_that_two_brands_search_for_names_neither() -> None:
    named = {"alpa": ["alpa", "kopi"], "beta": ["beta", "kopi"]}
    found = parts("alpa kopi pahit. beta kopi enak", named)
    assert found == {"alpa": Part("alpa kopi pahit."), "beta": Part("beta kopi enak")}


def test_a_brand_is_read_the_same_whoever_else_is_asked_for() -> None:
    mention = Mention("x", "1", datetime(2026, 3, 1, tzinfo=UTC), TABLE[0][0])
    both = READER.read([mention])[0]
    alone = READER.read([mention], ["beta"])[0]
    assert alone == (both[1],)


@given(st.lists(st.sampled_from(PIECES), max_size=30), st.randoms())
@settings(max_examples=60, deadline=None)
def test_pages_of_any_size_and_order_read_the_same(pieces: list[str], chance: Random) -> None:
    texts = [" ".join(chance.sample(pieces, len(pieces))) for _ in range(4)]
    mentions = [
        Mention("x", str(n), datetime(2026, 3, 1, tzinfo=UTC), text) for n, text in enumerate(texts)
    ]
    whole = READER.read(mentions)
    assert [READER.read([one])[0] for one in reversed(mentions)] == whole[::-1]


def test_what_follows_without_a_name_goes_on_about_the_last_one_named() -> None:
    found = parts(
        "alpa is fine. beta is late. Nobody answers.", {"alpa": ["alpa"], "beta": ["beta"]}
    )
    assert found == {"alpa": Part("alpa is fine."), "beta": Part("beta is late. Nobody answers.")}


def test_a_brand_named_only_behind_a_contrast_is_read_by_its_clause() -> None:
    found = parts("the other one is awful but alpa is lovely", {"alpa": ["alpa"]})
    assert found == {"alpa": Part("but alpa is lovely")}
    assert parts("alpa is lovely but it broke", {"alpa": ["alpa"]}) == {}


def test_nothing_is_cut_where_there_is_one_brand_and_no_contrast() -> None:
    assert parts("alpa is late. Nobody answers.", {"alpa": ["alpa"]}) == {}
    assert parts("", {"alpa": ["alpa"], "beta": []}) == {}
    assert parts("x " * 2_000 + "alpa but beta", {"alpa": ["alpa"], "beta": ["beta"]}) == {}

"""The query language: what matches, on which boundaries, and how a bad query is told."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Author, Mention
from monitor.query.ast import (
    Account,
    And,
    Field,
    Hashtag,
    Not,
    Or,
    Phrase,
    Prefix,
    QueryProblem,
    Term,
)
from monitor.query.parse import parse


def mention(text: str, **fields: Any) -> Mention:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return replace(Mention("x", "1", at, text), **fields)


def says(query: str, text: str, language: str | None = None, **fields: object) -> bool:
    return parse(query).matches(mention(text, **fields), language) is not None


def test_a_query_becomes_a_tree_that_connectors_can_compile() -> None:
    root = parse('("kopi senja" OR @kopi OR #kopi) garuda* NOT lang:id').root
    names = Or((Phrase(("kopi", "senja")), Account("kopi"), Hashtag("kopi")))
    assert root == And((names, Prefix("garuda"), Not(Field("lang", "id"))))


def test_words_side_by_side_must_all_be_there_and_bind_tighter_than_or() -> None:
    assert parse("a b OR c d").root == Or(
        (And((Term("a"), Term("b"))), And((Term("c"), Term("d"))))
    )


def test_operators_are_capitals_and_small_words_are_terms() -> None:
    assert parse("salt and pepper").root == And((Term("salt"), Term("and"), Term("pepper")))
    assert parse("ORANGE NOTE ANDY").root == And((Term("ORANGE"), Term("NOTE"), Term("ANDY")))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("garuda", "GARUDA terlambat"),
        ("cafe", "Le Café"),
        ("café", "the CAFE"),
        ("garuda", "\U0001d406\U0001d41a\U0001d42b\U0001d42e\U0001d41d\U0001d41a again"),
        ("garuda", "gar\u200buda"),
        ("garuda", "ga\0ruda"),
        ("straße", "STRASSE"),
        ("united", "thanks @united!"),
        ("united", "#united fails"),
        ("@united", "hi @United, why"),
        ("@united", "(@united)"),
        ("#kopisenja", "enak #KopiSenja."),
        ('"kopi senja"', "kopi \n  senja"),
        ("“kopi senja”", "kopi senja"),
        ("don't", "I don’t"),
        ("c++", "we like C++, really"),
        ("c++", "c++11"),
        ("AT&T", "at&t is down"),
        ("garuda-indonesia", "Garuda–Indonesia"),
        (".net", "asp.net"),
        ("☕", "pagi☕️pagi"),
        ("garuda*", "garudanya telat"),
        ("garuda*", "garuda"),
        ("大阪", "新大阪駅で"),
        ("a (b OR c)", "c a"),
        ("a NOT b", "a c"),
        ("NOT (NOT a)", "a"),
        ("10:30", "at 10:30 sharp"),
    ],
)
def test_a_query_matches(query: str, text: str) -> None:
    assert says(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("garuda", "garudanya"),
        ("garuda", "megagaruda"),
        ("garuda", "garuda_id"),
        ("@united", "mail me at me@united.example"),
        ("@united", "united"),
        ("@united", "@unitedway"),
        ("#kopi", "kopi"),
        ("#kopi", "#kopisenja"),
        ("#kopi", "abc#kopi"),
        ('"kopi senja"', "kopi, senja"),
        ('"kopi senja"', "senja kopi"),
        ("garuda*", "megagaruda"),
        ("a AND b", "a"),
        ("a NOT b", "a b"),
        ("a NOT (b OR c)", "a c"),
    ],
)
def test_a_query_does_not_match(query: str, text: str) -> None:
    assert not says(query, text)


def test_a_match_names_the_parts_that_made_it_as_they_were_written() -> None:
    query = parse('"Kopi Senja" OR #kopi OR (promo AND lang:id) OR never')
    assert query.matches(mention("KOPI SENJA promo"), "id") == ('"Kopi Senja"', "promo", "lang:id")
    assert query.matches(mention("something else")) is None


def test_title_and_text_are_both_searched() -> None:
    assert says("garuda delayed", "delayed again", title="Garuda")
    assert not says('"garuda delayed"', "garuda delayed"[7:], title="garuda,")


def test_fields_ask_for_properties_of_the_mention() -> None:
    by = Author("Budi_S", name="Budi Santoso")
    assert says("platform:X a", "a")
    assert not says("platform:youtube a", "a")
    assert says("author:@budi_s", "a", author=by)
    assert says('author:"budi santoso"', "a", author=by)
    assert not says("author:budi", "a", author=by)
    assert not says("author:budi", "a")


@pytest.mark.parametrize(
    ("wanted", "spoken", "hint", "matches"),
    [
        ("id", "id", "", True),
        ("id", "mixed", "", True),
        ("en", "mixed", "", True),
        ("mixed", "id", "", False),
        ("id", "en", "id", False),
        ("id", None, "in", True),
        ("id", None, "id-ID", True),
        ("en", None, "en_US", True),
        ("regional", None, "jv", True),
        ("other", None, "fr", True),
        ("other", None, "und", False),
    ],
)
def test_a_language_is_the_identified_one_else_the_hint(
    wanted: str, spoken: str | None, hint: str, matches: bool
) -> None:
    assert says(f"a lang:{wanted}", "a", spoken, lang_hint=hint) is matches


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("(a OR b", "the ( at character 1 is never closed"),
        ("a) b", "the ) at character 2 closes nothing"),
        ("a ()", "nothing between the parentheses at character 3"),
        ("a OR", "missing after OR at character 3"),
        ("a AND OR b", "missing after AND at character 3"),
        ("OR a", "missing before OR at character 1"),
        ("NOT", "missing after NOT"),
        ('a "b c', "the quote at character 3 is never closed"),
        ('""', "nothing to search for between the quotes at character 1"),
        ("lng:id", "did you mean `lang:`?"),
        ("http://example.com", 'in quotes: "http://example.com"'),
        ("lang:jv a", "unknown language `jv`"),
        ("author: budi", "needs a value right behind it"),
        ("-promo a", "write `NOT promo`"),
        ("a || b", "write OR instead of ||"),
        ("...", "nothing to search for in `...`"),
        ("f*ck", "only at the end of a word"),
        ('"ko* senja"', "not within quotes"),
        ("#kopi*", "not with #"),
        ("NOT a", "match nearly everything"),
        ("a OR NOT b", "match nearly everything"),
        ("lang:id", "match nearly everything"),
        ("a " * 50_000, "100,000 characters"),
        ("(" * 9_999, "never closed"),
        ("a NOT (b " * 60 + "c" + ")" * 60, "levels deep"),
    ],
)
def test_a_bad_query_is_one_clear_line(query: str, told: str) -> None:
    with pytest.raises(QueryProblem) as problem:
        parse(query)
    assert told in str(problem.value)
    assert "\n" not in str(problem.value)
    assert len(str(problem.value)) < 300


def test_many_parentheses_and_many_nots_are_no_trouble() -> None:
    assert parse("(" * 4_000 + "a" + ")" * 4_000).root == Term("a")
    assert parse("NOT " * 2_000 + "a").root == Term("a")


def test_an_explanation_says_which_part_failed() -> None:
    lines = parse("(kopi OR @kopi) NOT promo").explain(mention("kopi promo"))
    assert lines[0] == "no match"
    assert any("yes kopi" in line for line in lines)
    assert any("@kopi: not found" in line for line in lines)
    assert any("without promo: it is there" in line for line in lines)


WORDS = st.sampled_from(["kopi", "Senja", "café", "don't", "a&b", "x", "大阪", "garuda"])
LEAVES = st.one_of(
    WORDS,
    WORDS.map(lambda word: f"#{word}"),
    WORDS.map(lambda word: f"@{word}"),
    WORDS.filter(str.isalpha).map(lambda word: f"{word}*"),
    st.lists(WORDS, min_size=1, max_size=3).map(lambda words: f'"{" ".join(words)}"'),
    st.sampled_from(["lang:id", "platform:x", "author:budi"]),
)
QUERIES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(lambda part: f"NOT ({part})"),
        st.tuples(inner, st.sampled_from([" AND ", " OR ", " "]), inner).map(
            lambda parts: f"({parts[0]}){parts[1]}({parts[2]})"
        ),
    ),
    max_leaves=8,
)


@given(QUERIES)
@settings(max_examples=150, deadline=None)
def test_a_tree_written_out_is_read_as_the_same_tree(text: str) -> None:
    try:
        root = parse(text).root
    except QueryProblem:
        return
    assert parse(str(root)).root == root


def plain(text: str) -> str:
    """The reference's own folding, without any of the code under test."""
    text = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in text if not unicodedata.combining(c)).split())


def stands(leaf: object, text: str) -> bool:
    """The reference: a regular expression for each leaf."""
    if isinstance(leaf, Field):
        return leaf == Field("platform", "x")
    written = plain(str(leaf).strip('"').removesuffix("*"))
    left = r"(?<!\w)" if re.match(r"[\w#@]", written) else ""
    right = "" if isinstance(leaf, Prefix) or not re.search(r"\w$", written) else r"(?!\w)"
    looked_for = re.sub(r"(?<=\w)\\ (?=\w)", "[ _/-]", re.escape(written))
    return re.search(left + looked_for + right, plain(text)) is not None


def true(node: object, text: str) -> bool:
    if isinstance(node, Not):
        return not true(node.part, text)
    if isinstance(node, And):
        return all(true(part, text) for part in node.parts)
    if isinstance(node, Or):
        return any(true(part, text) for part in node.parts)
    return stands(node, text)


LATIN = st.text("kopi Senjacafé#@'&xgrud.-\n\t😀_", max_size=60)
TEXTS = st.one_of(
    LATIN,
    st.lists(WORDS.filter(lambda w: w != "大阪"), max_size=6).map(" ".join),
    st.lists(st.sampled_from(["#kopi", "@garuda", "kopi", "garudanya", "xkopi", "senja,"])).map(
        " ".join
    ),
)


@given(QUERIES.filter(lambda query: "大阪" not in query), TEXTS)
@settings(max_examples=300, deadline=None)
def test_matching_agrees_with_regular_expressions(query: str, text: str) -> None:
    try:
        parsed = parse(query)
    except QueryProblem:
        return
    assert (parsed.matches(mention(text), "other") is not None) == true(parsed.root, text)


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_whatever_is_typed_gives_a_query_or_one_sentence(text: str) -> None:
    with contextlib.suppress(QueryProblem):
        parse(text).matches(mention("kopi"))

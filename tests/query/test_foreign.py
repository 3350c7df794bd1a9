"""Queries as people bring them from other tools, and texts that only look as if they matched."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from connectors.x.query import compile_x
from monitor.cli.main import main_group
from monitor.model import Mention
from monitor.query.ast import Phrase, Prefix, QueryProblem
from monitor.query.parse import doubtful_words, parse
from monitor.query.text import normalise


def says(query: str, text: str, **fields: str) -> bool:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return parse(query).matches(Mention("x", "1", at, text, **fields)) is not None  # type: ignore[arg-type]


# --- operators of other tools ---------------------------------------------------------------------

NEAR = [
    "NEAR/3",
    "near/3",
    "NEAR",
    "NEAR3",
    "ONEAR/5",
    "W/3",
    "w/5",
    "PRE/2",
    "ADJ",
    "ADJ2",
    "WITHIN/4",
    "/s",
    "/p",
    "/5",
    "AROUND(3)",
    "BEFORE/3",
    "NEAR:4",
    "~5",
    "w/s",
    "W/P",
    "PRE/S",
    "N/5",
    "F/5",
    "/n5",
    "/N5/",
    "%5",
    "near4f",
    "adj5",
    "NOT/3",
    "NOTNEAR/3",
    "NOT_NEAR/3",
    "ATLEAST/3",
    "NEAR/",
    "NEXT/3",
    "FOLLOWEDBY/3",
    "FNEAR/3",
    "NEARBY/3",
    "NEAR/-1",
]


@pytest.mark.parametrize("operator", NEAR)
@pytest.mark.parametrize("query", ['"kopi senja" {} basi', "(kopi OR teh) {} (basi OR bau)"])
def test_proximity_is_named_with_what_to_write(operator: str, query: str) -> None:
    with pytest.raises(QueryProblem, match=r"words near each other .*write AND"):
        parse(query.format(operator))


@pytest.mark.parametrize(
    ("query", "named", "remedy"),
    [
        ("near(kopi, basi)", "near(…)", "AND"),
        ("NEAR(kopi basi, 3)", "NEAR(…)", "AND"),
        ('"kopi basi"~3', "~3", "AND"),
        ("(kopi AND basi)~5", "~5", "AND"),
        ('"kopi basi"@4', "@4", "AND"),
        ("kopi~", "kopi~", "OR"),
        ("kopi~0.8", "kopi~0.8", "OR"),
        ("kopi^4 basi", "kopi^4", "leave it out"),
        ("kop?senja", "kop?senja", "OR"),
        ("kopi?", "kopi?", "OR"),
        ("?opi", "?opi", "OR"),
        ("'kopi senja'", "`'`", 'double quotes: "kopi senja"'),
        ("‘kopi senja’", "`‘`", 'double quotes: "kopi senja"'),
        ("`kopi senja`", "```", 'double quotes: "kopi senja"'),
        ("kopi OR 'teh'", "`'`", "double quotes"),
        ("/kop.*/", "regular expression", "OR"),
        ("kop[iy]", "regular expression", "OR"),
        (r"\bkopi\b", "regular expression", "OR"),
        ("kopi.*senja", "regular expression", "kop*"),
        ("kopi|teh", "kopi|teh", "write OR"),
        ("kopi||teh", "kopi||teh", "write OR"),
        ("kopi&&teh", "kopi&&teh", "write AND"),
        ("kopi, teh", "kopi,", "write OR"),
        ("kopi; teh", "kopi;", "write OR"),
        ("kopi%", "kopi%", "kopi*"),
        ("{kopi teh}", "{kopi", "parentheses"),
        ("[kopi teh]", "[kopi", "parentheses"),
        ("kopi ANDNOT teh", "ANDNOT", "write NOT"),
        ("kopi AND/OR teh", "AND/OR", "write OR"),
        ("kopi DAN teh", "DAN", "write AND"),
        ("kopi ATAU teh", "ATAU", "write OR"),
        ("kopi BUKAN teh", "BUKAN", "write NOT"),
        ("site:detik.com kopi", "`site:`", "platform:"),
        ('title:"kopi senja"', "`title:`", "searched together"),
        ("title:(kopi OR teh)", "`title:`", "searched together"),
        ("intitle:kopi", "`intitle:`", "searched together"),
        ("from:budi kopi", "`from:`", "author:name"),
        ("hashtag:kopi", "`hashtag:`", "#tag"),
        ("language:id kopi", "`language:`", "lang:id"),
        ("regex:kop.*", "`regex:`", "OR"),
        ("since:2026-01-01 kopi", "`since:`", "leave it out"),
        ("min_faves:100 kopi", "`min_faves:`", "leave it out"),
        ("atleast3(kopi)", "atleast3(…)", "AND"),
        ("kopi+teh", "kopi+teh", "write AND"),
        ("kopi,teh", "kopi,teh", "write OR"),
        ("kopi;teh", "kopi;teh", "write OR"),
        ("title=kopi", "title=kopi", "platform:"),
        ('metadata.source.name:"x" kopi', "metadata.source.name:", "platform:"),
        ("kopi^^2", "kopi^^2", "leave it out"),
        ("$10..$20 kopi", "$10..$20", "leave it out"),
        ("kopi NOTIN teh", "NOTIN", "write NOT"),
        ("kopi ~senja", "~senja", "with OR"),
        ("kopi SAMESENTENCE senja", "SAMESENTENCE", "write AND"),
        ("kopi atleast3 senja", "atleast3", "write AND"),
        ("kopi SAME2 senja", "SAME2", "write AND"),
        ("−teh kopi", "NOT teh", "write"),
        ("kopi AND –teh", "NOT teh", "write"),
        ('"kopi basi"~s', "~s", "leave it out"),
        ('"kopi senja"/i', "/i", "leave it out"),
        ('"kopi senja":title', ":title", "leave it out"),
        ('"kopi senja"^2', "^2", "leave it out"),
        ("kopi.ti.", "kopi.ti.", "all is searched"),
        ('"kopi * senja"', "a *", "joined by OR"),
        ('"*senja kopi"', "a *", "joined by OR"),
        ('"ko*i senja"', "a *", "joined by OR"),
        ("platform:twitter kopi", "`twitter`", "platform:x"),
        ("platform:facbook kopi", "`facbook`", "platform:facebook"),
        ("platform:ig kopi", "`ig`", "platform:instagram"),
    ],
)
def test_an_operator_of_another_tool_is_named_with_what_to_write(
    query: str, named: str, remedy: str
) -> None:
    with pytest.raises(QueryProblem) as told:
        parse(query)
    assert named in str(told.value)
    assert remedy in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("kopi or teh", "or"),
        ("kopi And teh", "And"),
        ("not teh AND kopi", "not"),
        ("kopi AND not teh", "not"),
        ("kopi atau (teh)", "atau"),
        ("kopi TANPA gula", "TANPA"),
        ("kopi SENTENCE basi", "SENTENCE"),
        ("kopi w5 basi", "w5"),
        ("kopi THEN basi", "THEN"),
        ("kopi WITHOUT gula", "WITHOUT"),
        ("ATLEAST 3 kopi", "ATLEAST"),
        ("kopi MUST basi", "MUST"),
        ("カフェ または 茶", "または"),
        ("kopi ET teh", "ET"),
        ("(kopi OU teh)", "OU"),
        ("kopi SERTA teh", "SERTA"),
        ("kopi SELAIN teh", "SELAIN"),
        ("kopi NOR teh", "NOR"),
        ("kopi SIN teh", "SIN"),
    ],
)
def test_a_word_that_may_have_been_meant_as_an_operator_is_named(query: str, word: str) -> None:
    assert any(
        said.startswith(f"`{word}` is searched for as a word") for said in doubtful_words(query)
    )
    assert doubtful_words(word) == doubtful_words('"kopi or teh" OR "dan"') == []


@pytest.mark.parametrize(
    ("query", "instead"),
    [
        ("kopi dan/atau teh", "write OR"),
        ("kopi ATAUPUN teh", "write OR"),
        ("kopi ＡＮＤ teh", "of ordinary width"),
        ("kopi ＯＲ teh", "of ordinary width"),
        ("kopi metaData.country:ID", "lang:, platform: and author:"),
    ],
)
def test_more_that_means_something_elsewhere_is_refused_with_what_to_write(
    query: str, instead: str
) -> None:
    with pytest.raises(QueryProblem, match=instead):
        parse(query)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("CONTAINS(kopi)", "CONTAINS("),
        ("title(kopi OR teh)", "title("),
        ("kopi senja(basi)", "senja("),
        ('"kopi AND basi"', "AND"),
        ('"kopi senja OR kopi" basi', "OR"),
        ('"kopi NEAR/3 basi"', "NEAR/3"),
        ('"kopi senj?"', "?"),
        ('"kop?i senja"', "?"),
    ],
)
def test_what_stands_within_quotes_or_before_a_parenthesis_is_named(query: str, named: str) -> None:
    assert any(f"`{named}`" in said and "searched for as" in said for said in doubtful_words(query))
    for sure in ("kopi AND (teh)", "kopi OR(teh)", '"dan/or kopi"', '"kopi not teh"', '"apa? ya"'):
        assert not any("`" + named in said for said in doubtful_words(sure)) or named == "?"


def test_a_star_of_a_japanese_keyboard_is_a_star() -> None:
    assert says("カフェ＊", "カフェオレ")
    assert says("＃コピ", "#コピ")


@pytest.mark.parametrize("query", ['"kopi senja" NEAR/3 basi', "'kopi senja'", "site:a.id kopi"])
def test_the_command_that_tries_a_query_says_so_too(query: str) -> None:
    ran = CliRunner().invoke(main_group, ["query", "test", query], input="kopi senja basi\n")
    assert isinstance(ran.exception, QueryProblem)
    assert "write" in str(ran.exception)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ('"NEAR" protocol', "near protocol"),
        ('"kopi?"', "kopi?"),
        ('"kopi, teh"', "kopi, teh"),
        ('"site:a.id"', "see site:a.id"),
        ("don't", "don't"),
        ("c++", "c++"),
        ("AT&T", "AT&T"),
        ("24/7", "24/7"),
        ("10:30", "10:30"),
        ("$GOTO", "$goto naik"),
        ("disney+", "disney+"),
        ("50%", "diskon 50% ya"),
        ("yahoo!", "yahoo! mail"),
        ("near", "near me"),
        ("dan", "kopi dan teh"),
        ("«kopi senja»", "kopi senja"),
        ("‹kopi senja›", "kopi senja"),
        ('"f*ck"', "f*ck"),
        ("w/o", "w/o sugar"),
        ("「大阪」", "大阪"),
        ("（kopi OR teh） senja", "teh senja"),
        ("kopi\u200b OR teh", "teh"),
        ("kopi OR\u200b teh", "teh"),
    ],
)
def test_what_only_looks_like_an_operator_is_searched_for(query: str, text: str) -> None:
    assert says(query, text)


@given(st.text("abck'?~/^|,;&()\"*", max_size=12), st.sampled_from(NEAR))
def test_no_query_with_an_operator_of_another_tool_passes(rest: str, operator: str) -> None:
    with pytest.raises(QueryProblem):
        parse(f"kopi {operator} {rest}")


# --- beginnings within a phrase -------------------------------------------------------------------


def test_a_phrase_may_end_in_the_beginning_of_a_word() -> None:
    query = parse('"kopi senja*"')
    assert query.root == Phrase(("kopi", "senja"), prefix=True)
    assert parse(str(query.root)).root == query.root
    for text in ("kopi senjanya basi", "KOPI  Senja", "kopi senja!"):
        assert says('"kopi senja*"', text)
    for text in ("kopi, senjanya", "xkopi senja", "kopi sen"):
        assert not says('"kopi senja*"', text)
    assert parse('"garuda*"').root == Prefix("garuda")


def test_x_is_asked_for_more_than_such_a_phrase_and_never_for_less() -> None:
    assert compile_x(parse('"kopi senja*"')) == "kopi"
    assert compile_x(parse('"kopi senja raya*" OR teh')) == '("kopi senja" OR teh)'
    assert compile_x(parse('teh NOT "kopi senja*"')) == "teh"


# --- what only looks alike ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("กิน", "มากันเถอะ"),
        ("มา", "ม้าวิ่ง"),
        ("ガスト", "カスト行った"),
        ("バス", "ハスの花"),
        ("パン", "バンド"),
        ("ﾊﾞｽ", "ハスの花"),
        ("#கோ", "#கோபி"),
        ("கோ", "கோபி"),
        ("கப", "கோபி"),
        ("राम", "रामा"),
        ("कम", "काम"),
        ("#राम", "#रामायण"),
        ("ကာ", "ကီ"),
        ("@kopisenja", "parah @kopisenja.id"),
        ("@kopisenja", "parah @kopisenja.official"),
        ("@kopisenja", "parah @kopisenja-jkt"),
        ("@kopi", "@kopi.senja"),
        ("@kopisenja", "@kopisenja_id"),
        ("가", "각"),
        ("가*", "각"),
    ],
)
def test_another_word_is_no_match(query: str, text: str) -> None:
    assert not says(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("กิน", "เขากินข้าว"),
        ("ガスト", "ガスト行った"),
        ("バス", "新しいバスが来た"),
        ("バス", "ﾊﾞｽ"),
        ("が", "か\u3099"),
        ("#கோபி", "#கோபி!"),
        ("राम", "जय राम"),
        ("राम*", "रामायण"),
        ("@kopisenja", "parah @kopisenja."),
        ("@kopisenja", "@kopisenja, parah"),
        ("@kopisenja", "punya @kopisenja-nya basi"),
        ("@kopisenja.id", "parah @kopisenja.id"),
        ("@kopisenja.id", "parah @kopisenja.id."),
        ("kopisenja", "parah kopisenja.id"),
        ("IŞIK", "ışık"),
        ("ılık", "ILIK"),
        ("istanbul", "İSTANBUL"),
        ("DIYARBAKIR", "Diyarbakır"),
        ("Ørsted", "orsted"),
        ("שלום", "שָׁלוֹם"),
        ("سلام", "سَلَام"),
        ("☕", "☕️"),
        ("H&M", "beli di H&amp;M kemarin"),
        ("H&M", "H&#038;M"),
        ("H&M", "H&#x26;M"),
        ("H&M", "H&amp;amp;M"),
        ('"McDonald\'s"', "McDonald&#8217;s"),
        ('"kopi senja"', "kopi&nbsp;senja"),
        ("#basi", "#kopisenja#basi"),
        ("قهوة", "قـهـوة"),
        ('"H&M"', "H&amp;M parah"),
        ('"a < b"', "a &lt; b"),
        ("\"kata 'siapa'\"", "kata &#39;siapa&#39;"),
    ],
)
def test_the_same_word_is_a_match_however_it_is_written(query: str, text: str) -> None:
    assert says(query, text)
    assert says(query, "-", title=text)


INDIC = st.text(
    st.sampled_from(
        [
            chr(code)
            for start in (0x0900, 0x0B80, 0x0E00, 0x0980, 0x1000, 0x1780)
            for code in range(start, start + 0x80)
            if unicodedata.category(chr(code)) in ("Lo", "Mn", "Mc")
        ]
    ),
    min_size=1,
    max_size=6,
)


@given(INDIC, INDIC)
def test_texts_that_differ_in_a_letter_or_its_mark_stay_different(one: str, other: str) -> None:
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    alike = unicodedata.normalize("NFKC", one) == unicodedata.normalize("NFKC", other)
    assert (normalise(one) == normalise(other)) == (same or alike)


@given(st.text(max_size=60))
def test_a_normal_form_is_its_own(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)

"""The words that tell some texts from others."""

from __future__ import annotations

from monitor.enrich.telling import telling

ORDINARY = [f"kopi senja enak sekali di cabang {n} dan murah" for n in range(60)]
STORM = [f"kopi senja dan bank sampah di cabang {n} hari ini" for n in range(30)]


def test_what_is_said_in_one_place_only_comes_first_and_pairs_before_their_words():
    first, *rest = telling(STORM, ORDINARY)
    assert (first.words, first.inside, first.outside) == ("bank sampah", 30, 0)
    assert {one.words for one in rest[:3]} >= {"hari ini"}


def test_what_is_as_common_elsewhere_tells_nothing_so_that_no_list_of_words_is_needed():
    assert not {"kopi", "senja", "dan", "cabang"} & {one.words for one in telling(STORM, ORDINARY)}


def test_the_words_that_are_none_are_left_out_and_so_are_links_and_handles():
    texts = [f"nyala nyala @nyala{n}.id https://nyala.id/{n}" for n in range(20)]
    assert telling(texts, ORDINARY, {"nyala"}) == []


def test_one_text_that_says_it_often_is_one_text():
    texts = ["basi " * 50, *["kopi senja"] * 19]
    assert telling(texts, ORDINARY) == []
    assert telling([], ORDINARY) == telling([], []) == []

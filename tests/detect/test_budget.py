"""The bar of a watch, set by how often a series' own past has come to it; and what makes a watch a
page."""

from __future__ import annotations

import json
from dataclasses import replace

from monitor.detect.episodes import Episodes
from monitor.detect.evidence import PAGE, WATCH, Evidence
from monitor.detect.tails import rarity

DAY, WEEK = 288, 2016


def past(scores: dict[int, float], buckets: int) -> Episodes:
    """What a past of so many buckets has taught, with these scores at these buckets."""
    episodes = Episodes(182.0 * DAY, DAY, 1.0 / WEEK, WEEK)
    for n in range(buckets):
        episodes.learn(scores.get(n, 0.0))
    return episodes


def test_a_series_that_comes_to_the_bar_more_often_than_its_budget_has_to_come_higher():
    daily = dict.fromkeys(range(DAY, 4 * WEEK, 2 * DAY), 2.32)
    assert past(daily, 4 * WEEK).bar > 2.32
    assert past(dict.fromkeys(range(DAY, 4 * WEEK, WEEK), 2.32), 4 * WEEK).bar <= 2.32
    assert past({}, 4 * WEEK).bar == 0.0


def test_a_burst_that_fills_many_buckets_is_one_episode():
    burst = dict.fromkeys(range(WEEK, WEEK + 108), 2.6)
    assert past(burst, 2 * WEEK).bar <= 2.6


def test_old_episodes_fade():
    busy = dict.fromkeys(range(DAY, 4 * WEEK, 2 * DAY), 2.32)
    assert past(busy, 4 * WEEK).bar > 2.32
    assert past(busy, 16 * WEEK).bar <= 2.32


def test_the_episodes_of_a_past_are_kept_exactly():
    scores = {n: 1.5 + n % 7 / 5.0 for n in range(0, 2 * WEEK, 173)}
    first = past(scores, 2 * WEEK)
    again = past({}, 0)
    again.load(json.loads(json.dumps(first.dump())))
    for n in range(2 * WEEK, 3 * WEEK):
        first.learn(n % 11 / 4.0)
        again.learn(n % 11 / 4.0)
    assert again.dump() == first.dump()


def test_a_watch_becomes_a_page_where_what_is_said_is_new_and_spreads():
    watch = Evidence(surplus=2.3, persistence=1.0)
    assert WATCH <= watch.strength() < PAGE
    told = Evidence(surplus=2.3, persistence=1.0, new_words=2.5, spread=1.5)
    assert told.strength() >= PAGE
    assert {"new_words", "spread"} <= set(told.agreeing())
    assert Evidence(surplus=1.0, persistence=0.5, new_words=9.0, spread=9.0).strength() < PAGE


def test_news_that_is_liked_pages_nobody_however_new_it_is():
    liked = Evidence(
        surplus=4.0, persistence=2.0, negative=-1.0, negatives=0.0, new_words=9.0, spread=9.0
    )
    assert liked.strength() < PAGE
    undecided = Evidence(
        surplus=2.6, persistence=1.5, negative=0.2, negatives=0.0, new_words=9.0, spread=9.0
    )
    assert undecided.strength() >= PAGE


def test_few_authors_are_a_watch_at_most_whatever_is_new():
    troll = Evidence(surplus=4.0, persistence=2.0, authors=0.2, new_words=9.0, spread=9.0)
    assert troll.strength() < PAGE


def test_a_crisis_that_is_named_pages_however_many_cheer_beside_it():
    cheered = Evidence(
        surplus=4.0, persistence=1.0, negative=-18.0, negatives=1.0, new_words=3.0, named=3.0
    )
    assert cheered.strength() >= PAGE
    assert "named" in cheered.agreeing()
    assert replace(cheered, named=1.5).strength() < PAGE
    assert replace(cheered, clear=False).strength() < PAGE
    assert replace(cheered, many=False).strength() < PAGE, "by few people"


def test_what_cannot_be_read_pages_by_itself_however_calm_the_rest_is():
    calm = Evidence(surplus=6.0, persistence=1.0, negative=-1.0, negatives=0.0)
    assert calm.strength() < PAGE
    assert replace(calm, unread=3.0).strength() >= PAGE


def test_posts_count_no_more_than_the_voices_that_wrote_them():
    trolls = Evidence(
        surplus=6.0, persistence=4.0, negative=0.4, negatives=1.0, authors=1.1, new_words=3.0
    )
    assert WATCH <= trolls.strength() < PAGE
    assert replace(trolls, authors=4.0).strength() >= PAGE
    assert replace(trolls, authors=None).strength() >= PAGE


def test_how_rare_a_value_is_grows_with_it_and_is_cautious_of_a_short_past():
    few, many = [1.0, 1.2, 1.4, 1.1], [1.0, 1.2, 1.4, 1.1] * 8
    assert rarity(1.0, many, 0.4) < rarity(1.5, many, 0.4) < rarity(6.0, many, 0.4)
    assert rarity(6.0, few, 0.4) < rarity(6.0, many, 0.4)
    assert rarity(0.0, [0.0, 0.0], 0.5) == 0.0

"""Mistakes in the YouTube connector that its suites must notice."""

from __future__ import annotations

import pytest
from fakes.shared_mutants import IN_PART, some_of
from test_contract_youtube import TestYouTubeContract as Suite
from test_contract_youtube import TestYouTubeOwnContract as OwnSuite
from test_contract_youtube import TestYouTubeRepliesContract as RepliesSuite
from test_contract_youtube import TestYouTubeSearchContract as SearchSuite
from test_contract_youtube import WithConsent

from connectors.mutants import Mutant, caught

CODE, API, PARSE, ERRORS, COMMENTS, TARGETS, OWN, VIDEOS, SEARCH = (
    f"connectors.youtube.{name}"
    for name in (
        *("connector", "api", "parse", "errors"),
        *("comments", "targets", "own", "videos", "search"),
    )
)

MUTANTS = [
    Mutant(
        "the cursor goes out with the first page",
        TARGETS,
        "                    yield Page(cursor=kept) if safe else page\n",
        "                    now = self.source.now.isoformat()\n"
        '                    yield replace(page, cursor={"polled": now, "deep": now})\n',
        by="test_a_budget_is_kept_and_what_it_left_out_is_told",
    ),
    Mutant(
        "the beginning is off by one",
        COMMENTS,
        "for m in read if m.published_at >= back_to",
        "for m in read if m.published_at > back_to",
        by="test_the_beginning_that_is_asked_for_belongs_to_it",
    ),
    Mutant(
        "nothing is read twice",
        TARGETS,
        '["polled"]) - OVERLAP',
        '["polled"])',
        by="test_what_arrives_between_two_pages_is_found_at_the_next_poll",
    ),
    Mutant(
        "the id becomes a number",
        PARSE,
        "external_id=own_id",
        "external_id=str(int(float(own_id)))",
        by="test_a_budget_is_kept_and_what_it_left_out_is_told",
    ),
    Mutant("only the first page is read", API, "if not token:", "if True:"),
    Mutant(
        "the last page is dropped",
        COMMENTS,
        "_since(threads, look.back_to),",
        '_since(threads if told.get("nextPageToken") else [], look.back_to),',
    ),
    Mutant(
        "an answer without items is an empty one",
        API,
        'raise Unavailable("YouTube answered something else than was asked.")',
        'return {"items": []}',
        by="test_a_platform_that_misbehaves_is_a_named_failure",
    ),
    Mutant(
        "the time to ask again is ignored",
        ERRORS,
        ", midnight_after(now, PACIFIC))",
        ")",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "the day ends at midnight in London",
        ERRORS,
        "midnight_after(now, PACIFIC)",
        "midnight_after(now)",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "too fast is out of order",
        ERRORS,
        "any(one in TOO_FAST for one in reasons)",
        "False",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "a key that is not known may pass",
        ERRORS,
        "any(one in NO_KEY for one in reasons)",
        "False",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "the text is the display's, in HTML",
        PARSE,
        'text = snippet.get("textOriginal") or ',
        'text = snippet.get("textDisplay") or ',
    ),
    Mutant(
        "the author is the channel's id",
        PARSE,
        'name if name.startswith("@") else channel',
        "channel",
    ),
    Mutant("the video is lost", PARSE, "root_id=video or None", "root_id=None"),
    Mutant(
        "a thread that lacks something breaks the page",
        PARSE,
        "except UNREADABLE:\n        return None",
        "except UNREADABLE:\n        raise RuntimeError from None",
        by="test_an_entry_that_lacks_something_costs_no_other_entry",
    ),
    Mutant(
        "the budget is not looked at",
        API,
        "if self.left < units:",
        "if False:",
        by="test_a_budget_is_kept_and_what_it_left_out_is_told",
    ),
    Mutant(
        "deletions are ignored",
        COMMENTS,
        "in self.known.missing(place,",
        "in () and (place,",
        by="test_deletions_and_edits_are_told_and_no_others",
    ),
    Mutant(
        "edits are ignored",
        COMMENTS,
        "yield replace(page, removals=tuple(edits)), False",
        "yield page, False",
        by="test_deletions_and_edits_are_told_and_no_others",
    ),
]

OF_REPLIES = [
    Mutant("the parent is lost", PARSE, "reply_to=parent,", "reply_to=None,"),
    Mutant("late replies are not asked for", COMMENTS, "thread.total > len(whole)", "False"),
    Mutant(
        "its own answers are others'",
        PARSE,
        "own=bool(channel) and author == channel",
        "own=False",
        by="test_an_answer_of_the_channel_itself_is_its_own",
    ),
    Mutant(
        "a picture is nothing",
        PARSE,
        'picture = bool(snippet.get("imageUrl"))',
        "picture = False",
        by="test_a_picture_without_words_is_a_mention",
    ),
]

OF_OWN = [
    *IN_PART,
    Mutant(
        "own videos are not told",
        OWN,
        "own_posts=tuple(posts),",
        "",
        by="test_own_content_is_told_as_far_as_it_is_declared",
    ),
    Mutant(
        "the counts are not told",
        OWN,
        "metrics=tuple(metrics),\n            st",
        "st",
        by="test_own_content_is_told_as_far_as_it_is_declared",
    ),
    Mutant("missing once is gone", OWN, "self.own[name][1] > 1", "self.own[name][1] > 0"),
    Mutant("what is gone is not missed", OWN, "self.own[name][1] += 1", "pass"),
    Mutant("the pace of a chat is ignored", OWN, "if now < at:", "if False:"),
    Mutant(
        "a chat begins anew each time",
        OWN,
        "if token else {}),",
        "if False else {}),",
        by="test_a_live_chat_is_heard_at_its_own_pace",
    ),
    Mutant(
        "what is taken back in a chat stays",
        VIDEOS,
        "elif gone := _taken_back(snippet):",
        "elif gone := '':",
        by="test_a_live_chat_is_heard_at_its_own_pace",
    ),
    Mutant(
        "a handle is not looked up",
        CODE,
        'return str(state["channel"][1])',
        "return name",
        by="test_a_live_chat_is_heard_at_its_own_pace",
    ),
]

OF_SEARCH = [
    Mutant(
        "what turns up late is not found",
        SEARCH,
        "(known) - OVERLAP",
        "(known)",
        by="test_what_arrives_between_two_pages_is_found_at_the_next_poll",
    ),
    Mutant(
        "titles stay escaped",
        VIDEOS,
        'unescape(text_of(snippet.get("title") or ""))',
        'snippet["title"]',
    ),
    Mutant("only the first page is searched", SEARCH, "last = not walk", "last = True or not walk"),
    Mutant(
        "searches are not counted",
        SEARCH,
        "while self.left > 1:",
        "while True:",
        by="test_a_budget_is_kept_and_what_it_left_out_is_told",
    ),
]


@pytest.mark.parametrize("mutant", some_of(MUTANTS), ids=str)
def test_the_suite_notices(mutant: Mutant) -> None:
    assert caught(mutant, Suite)


@pytest.mark.parametrize("mutant", some_of(OF_REPLIES), ids=str)
def test_the_suite_of_replies_notices(mutant: Mutant) -> None:
    assert caught(mutant, RepliesSuite)


@pytest.mark.parametrize("mutant", some_of(OF_OWN), ids=str)
def test_the_suite_of_own_videos_notices(mutant: Mutant) -> None:
    assert caught(mutant, OwnSuite)


HELD = "test_what_is_held_for_review_is_heard_where_the_consent_reaches_so_far"
OF_CONSENT = [
    Mutant(
        "what is held is not asked for",
        CODE,
        "yield from apart.read(kept_back, ",
        "yield from apart.read(iter(()), ",
        by=HELD,
    ),
    Mutant(
        "a consent that reaches less far ends the poll",
        COMMENTS,
        "if concerns_all(error):",
        "if True:",
        by=HELD,
    ),
]


@pytest.mark.parametrize("mutant", some_of(OF_CONSENT), ids=str)
def test_the_suite_of_a_consent_notices(mutant: Mutant) -> None:
    assert caught(mutant, WithConsent)


@pytest.mark.parametrize("mutant", some_of(OF_SEARCH), ids=str)
def test_the_suite_of_searches_notices(mutant: Mutant) -> None:
    assert caught(mutant, SearchSuite)

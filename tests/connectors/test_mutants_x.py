"""Mistakes in the X connector that its suites must notice."""

from __future__ import annotations

import pytest
from fakes.shared_mutants import IN_PART, some_of
from test_contract_x import TestXAccountContract as AccountSuite
from test_contract_x import TestXContract as Suite

from connectors.mutants import Mutant, caught

CODE, API, PARSE, ERRORS, LOOKUP, ACCOUNT = (
    f"connectors.x.{name}" for name in ("connector", "api", "parse", "errors", "lookup", "account")
)

MUTANTS = [
    Mutant(
        "the cursor goes out with the first page",
        API,
        "walk.newest} if last else way)",
        "walk.newest})",
    ),
    Mutant(
        "the newest id is that of the last page",
        API,
        "if not walk.token:\n                walk.newest",
        "if True:\n                walk.newest",
        by="test_what_is_known_is_not_bought_again",
    ),
    Mutant(
        "the id becomes a number",
        PARSE,
        "external_id=first",
        "external_id=str(int(float(first)))",
    ),
    Mutant(
        "only the first page is read",
        API,
        "last = not walk.token or number == MAX_PAGES",
        "last = True",
    ),
    Mutant("the long text is cut", PARSE, 'long.get("text") or short', "short"),
    Mutant(
        "signs stay escaped",
        PARSE,
        "return unescape(text_of(long",
        "return (text_of(long",
        by="test_strange_texts_come_through_as_they_are",
    ),
    Mutant("the parent is lost", PARSE, "reply_to=parent or None", "reply_to=None"),
    Mutant(
        "the conversation is lost",
        PARSE,
        'root_id=identity(row["conversation_id"]) if row.get("conversation_id") else None',
        "root_id=None",
    ),
    Mutant(
        "a cap is too fast",
        ERRORS,
        'title == "UsageCapExceeded" or "usage-capped" in kind',
        "False",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "what is not shown may pass",
        ERRORS,
        "any(one in kind for one in NOT_SHOWN)",
        "False",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "an answer that is none is an empty one",
        API,
        "if not (shape or _has_shape)(told):",
        "if False:",
        by="test_a_platform_that_misbehaves_is_a_named_failure",
    ),
    Mutant(
        "the second page is not bought",
        API,
        "            if most < MIN_POSTS:\n",
        "            if most < MIN_POSTS or number == 2:\n",
    ),
    Mutant(
        "a broken post breaks the page",
        PARSE,
        "        except UNREADABLE:\n            read.skipped += 1\n            continue",
        "        except UNREADABLE:\n            raise",
        by="test_an_entry_that_lacks_something_costs_no_other_entry",
    ),
    Mutant("the author is lost", PARSE, 'word(user.get("username")) or own_id', '"x"'),
    Mutant(
        "what is known is bought again",
        API,
        "if newest and (reach",
        "if False and (reach",
        by="test_what_is_known_is_not_bought_again",
    ),
    Mutant(
        "the next page is asked for otherwise than the first",
        API,
        "**line.asked, **walk.since}",
        "**line.asked, **({} if walk.token else walk.since)}",
    ),
    Mutant(
        "the last page is dropped",
        API,
        "walk.newest} if last else way)",
        "walk.newest} if last else way, mentions=() if last else page.mentions)",
    ),
    Mutant(
        "the beginning is off by one",
        API,
        'return {"start_time": start}, start',
        'return {"start_time": start + timedelta(seconds=1)}, start',
        by="test_the_beginning_that_is_asked_for_belongs_to_it",
    ),
    Mutant(
        "the time to ask again is ignored",
        ERRORS,
        'return failure(answer, now, "X") or',
        "return failure(Response(status, {}, b'', 'X'), now) or",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "the zone is dropped",
        PARSE,
        'parse_time(str(row.get("created_at") or ""))',
        'parse_time(str(row.get("created_at") or "").replace("Z", "+07:00"))',
    ),
    Mutant(
        "the counts are mixed up",
        PARSE,
        'likes=number(metrics.get("like_count"))',
        'likes=number(metrics.get("impression_count"))',
    ),
    Mutant(
        "deletions are ignored",
        LOOKUP,
        "lost(told, asked).items()",
        "{}.items()",
        by="test_deletions_and_edits_are_told_and_no_others",
    ),
    Mutant(
        "edits are ignored",
        LOOKUP,
        'elif versions[-1] != row["id"]:',
        "elif False:",
        by="test_deletions_and_edits_are_told_and_no_others",
    ),
    Mutant(
        "what was broken off begins anew",
        API,
        "if kept is None or kept[5]",
        "if True or kept[5]",
        by="test_a_list_that_was_broken_off_is_not_bought_again",
    ),
]

ONCE_A_DAY = "test_an_own_post_is_paid_for_once_a_day"
OF_ACCOUNT = [
    *IN_PART,
    Mutant("mentions are not read", ACCOUNT, 'if "mentions" in parts:', "if False:"),
    Mutant("answers are not searched for", ACCOUNT, 'if "replies" in parts and', "if False and"),
    Mutant("quotes are not read", ACCOUNT, 'if "quotes" in parts:', "if False:"),
    Mutant(
        "quotes are read once",
        ACCOUNT,
        "if count != mark[0]:",
        "if not mark[0]:",
        by="test_quotes_are_read_when_their_number_has_grown",
    ),
    Mutant("its own answers are others'", PARSE, "own=mine", "own=False"),
    Mutant("its own posts are mentions", PARSE, "if mine and not found.reply_to:", "if False:"),
    Mutant(
        "the standing is not told",
        ACCOUNT,
        "standings=tuple(standings)",
        "standings=()",
        by="test_an_own_post_that_is_gone_is_told_once",
    ),
    Mutant(
        "metrics are not told",
        ACCOUNT,
        "metrics=tuple(metrics)",
        "metrics=()",
        by="test_quotes_are_read_when_their_number_has_grown",
    ),
    Mutant(
        "the counts that come with own posts are lost",
        PARSE,
        "read.metrics += metrics_of(row, found.external_id, now)",
        "pass",
        by="test_own_posts_come_with_their_counts",
    ),
    Mutant(
        "who follows it is not told",
        ACCOUNT,
        "yield from apart.read(self._followers(), ",
        "yield from apart.read(iter(()), ",
        by=ONCE_A_DAY,
    ),
    Mutant(
        "what is gone is looked up for ever",
        ACCOUNT,
        "            del own[name]\n",
        "",
        by="test_an_own_post_that_is_gone_is_told_once",
    ),
    Mutant(
        "a post is paid for at each look", ACCOUNT, "pay(told, paid)", "pay(told)", by=ONCE_A_DAY
    ),
    Mutant(
        "what could not be bought is not missed",
        API,
        "cut = None if line.counted else (walk.start, max(walk.start, walk.oldest))",
        "cut = None",
        by="test_what_could_not_be_bought_is_told_as_missed",
    ),
]


@pytest.mark.parametrize("mutant", some_of(MUTANTS), ids=str)
def test_the_suite_notices(mutant: Mutant) -> None:
    assert caught(mutant, Suite)


@pytest.mark.parametrize("mutant", some_of(OF_ACCOUNT), ids=str)
def test_the_suite_of_an_account_notices(mutant: Mutant) -> None:
    assert caught(mutant, AccountSuite)

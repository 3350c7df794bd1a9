"""Mistakes in what the kit does for every platform: each suite that uses it must notice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connectors.mutants import Mutant

READING = "connectors.kit.own_content"


def some_of(mutants: Sequence[Mutant]) -> list[object]:
    """Every fourth mutant for `make test`; the others are made by `make soak`, as each is a suite
    of its own. That all still stand in the code is `test_mutants_stand.py`'s to show."""
    return [
        mutant if number % 4 == 0 else pytest.param(mutant, marks=pytest.mark.soak)
        for number, mutant in enumerate(mutants)
    ]


FIRST_PAGE_ONLY = Mutant(
    "only the first page is read", READING, "ended = not page.after or old", "ended = True"
)
LAST_PAGE_DROPPED = Mutant(
    "the last page is dropped",
    READING,
    "wanted = tuple(m for m in page.mentions if",
    "wanted = tuple(m for m in page.mentions if page.after and",
)
BEGINNING_OFF_BY_ONE = Mutant(
    "the beginning is off by one",
    READING,
    "if m.published_at >= under_way.back_to)",
    "if m.published_at > under_way.back_to)",
    by="test_the_beginning_that_is_asked_for_belongs_to_it",
)
DELETIONS_IGNORED = Mutant(
    "deletions are ignored",
    READING,
    "removals=(*told.removals, *lost)",
    "removals=told.removals",
    by="test_deletions_and_edits_are_told_and_no_others",
)
EDITS_IGNORED = Mutant(
    "edits are ignored",
    READING,
    "edits += [edit] if edit else []",
    "edits += []",
    by="test_deletions_and_edits_are_told_and_no_others",
)
ID_A_NUMBER = Mutant(
    "the id becomes a number",
    "connectors.kit.json_values",
    "name = str(value)",
    "name = str(int(float(value))) if str(value).isdigit() else str(value)",
)

PAGE_BROKEN_OFF = Mutant(
    "a page that was broken off is taken for read",
    READING,
    "            else:\n                self.walk = under_way.kept(post.external_id)",
    "            else:\n                self._read_until(one, self.source.now)",
    by="test_a_poll_that_broke_off_after_a_long_silence_leaves_no_hole",
)
GONE_POST_IGNORED = Mutant(
    "a post that is gone stays",
    READING,
    "            if not self._exists(name):",
    "            if False:",
    by="test_a_post_that_is_gone_takes_its_comments_with_it",
)
MISSING_ONCE_IS_GONE = Mutant(
    "what is missing once is gone",
    "connectors.kit.known",
    "gone = [name for name in away if marks[name][2]]",
    "gone = list(away)",
    by="test_what_is_deleted_between_two_pages_takes_no_other_with_it",
)
REFUSAL_IS_EMPTY = Mutant(
    "what is refused is taken for empty",
    "connectors.kit.apart",
    "        if self.main is not None:\n            raise self.main",
    "        pass",
    by="test_each_refusal_is_the_failure_it_stands_for",
)
REFUSED_PART_IS_CALM = Mutant(
    "a part that is refused is taken for calm",
    "connectors.kit.apart",
    "        told, more = parts[:SAID], len(parts) - SAID",
    "        told, more = list[str](), 0",
    by="test_what_is_refused_in_part_is_told_and_costs_nothing_else",
)
IN_PASSING = "test_what_fails_in_passing_in_part_is_told_read_later_and_costs_nothing_else"
PASSING_PART_IS_CALM = Mutant(
    "a part that fails in passing is taken for calm",
    "connectors.kit.apart",
    "        self._note(unseen, str(error), wait)",
    "        if wait:\n            self._note(unseen, str(error), wait)",
    by=IN_PASSING,
)
PASSING_PART_IS_ALL = Mutant(
    "a part that fails in passing ends the poll",
    "connectors.kit.apart",
    "        except (Rejected, Unauthorized, Unavailable) as error:",
    "        except (Rejected, Unauthorized) as error:",
    by=IN_PASSING,
)
IN_PART = [REFUSED_PART_IS_CALM, PASSING_PART_IS_CALM, PASSING_PART_IS_ALL]
"""What every platform owes of which a poll reads several lists."""

ZONE_DROPPED = Mutant(
    "the zone is dropped",
    "connectors.kit.undated",
    "(at := parse_time(str(one)))",
    '(at := parse_time(str(one).replace("+0000", "+0700")))',
)
ALL_READING = [
    LAST_PAGE_DROPPED,
    DELETIONS_IGNORED,
    EDITS_IGNORED,
    PAGE_BROKEN_OFF,
    GONE_POST_IGNORED,
    MISSING_ONCE_IS_GONE,
    REFUSAL_IS_EMPTY,
]
"""What every platform owes whose comments hang on own posts."""

GRAPH = "connectors.kit.meta.graph"
REFUSED = "test_each_refusal_is_the_failure_it_stands_for"
ALL_META = [
    ZONE_DROPPED,
    Mutant(
        "an error under HTTP 200 is none",
        GRAPH,
        'if isinstance(told, dict) and isinstance(told.get("error"), dict):',
        'if answer.status > 200 and isinstance(told.get("error"), dict):',
        by=REFUSED,
    ),
    Mutant(
        "the time to ask again is ignored",
        GRAPH,
        'asks us to slow down (code {code}).", until)',
        'asks us to slow down (code {code}).")',
        by=REFUSED,
    ),
    Mutant(
        "a permission that is missing may pass",
        GRAPH,
        "if code == 10 or 200 <= code <= 299:",
        "if code == 10:",
        by=REFUSED,
    ),
    Mutant(
        "the allowance is used to its end",
        GRAPH,
        "if self.usage >= FULL:",
        "if False:",
        by="test_an_allowance_is_not_used_to_its_end",
    ),
]
"""What every platform of Meta's owes besides."""

REPLIES = "test_replies_stand_under_what_they_answer_and_own_ones_are_own"

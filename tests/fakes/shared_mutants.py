"""Mistakes in what the kit does for every platform: each suite that uses it must notice."""

from __future__ import annotations

from connectors.mutants import Mutant

READING = "connectors.kit.own_content"

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

"""Scaffold keeps the contract, and the suite notices the mistakes that people make."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from connectors.base import Unavailable
from connectors.kit.fake_platform import FakePlatform, Item, items
from connectors.kit.loopback import LoopbackServer, Reply, Request
from connectors.kit.recording import replayed
from connectors.mutants import Mutant, caught
from connectors.platform_testing import PlatformContract
from connectors.testing import drain, source_spec
from monitor.model import Author

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CODE = "connectors.scaffold.connector"


class ScaffoldFake(FakePlatform):
    """The two addresses that the connector asks, from the documentation, unproven."""

    def respond(self, request: Request) -> Reply:
        if request.headers.get("authorization") != "Bearer scaffold-secret-of-the-test":
            return Reply({"error": "unknown token"}, 401)
        if request.path == "/v1/comments":
            told = self.listing(request.params.get("cursor", ""))
            return Reply({"data": [_comment(item) for item in told.items], "next": told.next})
        if request.path == "/v1/lookup":
            asked = [self.find(name) for name in request.params["ids"].split(",")]
            return Reply({"data": [_comment(item) for item in asked if item]})
        return Reply({"error": "no such address"}, 404)


def _comment(item: Item) -> dict[str, object]:
    return {
        "id": item.id,
        "created_at": item.at.isoformat(),
        "text": item.text,
        "user": {"name": item.author},
        "reply_to": item.parent or None,
        "post_id": item.root,
        "url": f"https://scaffold.example/c/{item.id}",
    }


class TestScaffold(PlatformContract):
    connector = f"{CODE}:Scaffold"
    options = {"channel": "kopisenja"}
    secrets = {"token": "scaffold-secret-of-the-test"}

    def platform(self) -> FakePlatform:
        made = items(11, NOW)
        made[4] = replace(made[4], parent=made[7].id)
        return ScaffoldFake(made, NOW)

    def checked(self, request: Request) -> None:
        assert request.path in ("/v1/comments", "/v1/lookup")
        assert request.params.keys() <= {"channel", "cursor", "ids"}


def test_pages_that_go_round_in_a_circle_are_left() -> None:
    def circle(request: Request) -> Reply:
        return Reply({"data": [], "next": "b" if request.params.get("cursor") == "a" else "a"})

    with LoopbackServer(circle) as server, pytest.raises(Unavailable, match="for ever"):
        drain(TestScaffold().make(server.url), source_spec(now=NOW))


def test_what_is_kept_of_the_platform_is_read() -> None:
    kept = files("connectors.scaffold") / "recordings" / "documentation.json"
    made = TestScaffold()
    with LoopbackServer(replayed(Path(str(kept)))) as server:
        first = drain(made.make(server.url), source_spec(now=NOW))
        (mention,) = first[-1].mentions
        again = source_spec(now=NOW, recheck=(mention.external_id,))
        (removal,) = drain(made.make(server.url), again)[-1].removals
    assert (mention.text, mention.author) == ("Kopi Senja enak", Author("akun_1"))
    assert (removal.external_id, removal.kind) == (mention.external_id, "deleted")


MUTANTS = [
    Mutant(
        "the cursor goes out with the first page",
        CODE,
        'yield Page(mentions=mentions, skipped=skipped, cost={"requests": 1})',
        'yield Page(mentions=mentions, cursor={"polled": source.now.isoformat()})',
    ),
    Mutant(
        "the beginning is off by one",
        CODE,
        "published_at >= until",
        "published_at > until",
        by="test_the_beginning_that_is_asked_for_belongs_to_it",
    ),
    Mutant(
        "nothing is read twice",
        CODE,
        '["polled"]) - OVERLAP',
        '["polled"])',
        by="test_what_arrives_between_two_pages_is_found_at_the_next_poll",
    ),
    Mutant(
        "the id becomes a number",
        CODE,
        'external_id=identity(row["id"])',
        'external_id=str(int(float(row["id"])))',
    ),
    Mutant(
        "the last page is dropped",
        CODE,
        "            mentions=mentions,\n            skipped=skipped,\n",
        "            skipped=skipped,\n",
    ),
    Mutant("only the first page is read", CODE, "if not token or (", "if True or ("),
    Mutant(
        "a broken row breaks the page",
        CODE,
        "            skipped += 1\n            continue",
        "            raise",
        by="test_an_entry_that_lacks_something_costs_no_other_entry",
    ),
    Mutant(
        "an answer without data is an empty one",
        CODE,
        'raise Unavailable(f"Scaffold answered without {name}.")',
        "return []",
        by="test_an_outage_is_never_taken_for_a_deletion",
    ),
    Mutant(
        "refusals are not looked at",
        CODE,
        "raise trouble",
        "pass",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "deletions are ignored",
        CODE,
        'name, "deleted", source.now)',
        'name, "edited", source.now)',
        by="test_deletions_and_edits_are_told_and_no_others",
    ),
    Mutant(
        "edits are ignored",
        CODE,
        "source.now, shown[name])",
        'source.now, "")',
        by="test_deletions_and_edits_are_told_and_no_others",
    ),
    Mutant(
        "the text is cut",
        CODE,
        'text=text_of(row["text"])',
        'text=text_of(row["text"])[:20]',
        by="test_strange_texts_come_through_as_they_are",
    ),
    Mutant("the parent is lost", CODE, 'reply_to=id_in(row.get("reply_to"))', "reply_to=None"),
    Mutant("the parent's post is lost", CODE, 'root_id=id_in(row.get("post_id"))', "root_id=None"),
    Mutant("the author is lost", CODE, "Author(name) if name else None", "None"),
    Mutant(
        "the time loses its zone", CODE, "published_at=at,", "published_at=at.replace(tzinfo=None),"
    ),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_the_suite_notices(mutant: Mutant) -> None:
    assert caught(mutant, TestScaffold)

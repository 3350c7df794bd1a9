"""LinkedIn against a fake that behaves like it, and the mistakes that the suite must notice."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import unquote

import pytest
from fakes.own_content_contract import OwnContentContract
from fakes.rules import linkedin_complaint
from fakes.shared_mutants import ALL_READING, BEGINNING_OFF_BY_ONE, IN_PART, REPLIES, some_of

from connectors.base import RateLimited, Rejected
from connectors.kit.fake_platform import FakePlatform, Item, items
from connectors.kit.loopback import Reply, Request
from connectors.kit.refusals import FAILURES, Refusal
from connectors.mutants import Mutant, caught
from monitor.model import Metric, OwnPost, Standing

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CODE, API, PARSE = (f"connectors.linkedin.{name}" for name in ("connector", "api", "parse"))
TOKEN = "linkedin-secret-of-the-test"
ORGANIZATION = "urn:li:organization:2414183"
POST = "urn:li:share:7100000000000000001"
ACTIVITY = "urn:li:activity:7100000000000000002"
MADE = NOW - timedelta(hours=30)


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


class LinkedInFake(FakePlatform):
    """One post and its comments, by start and count; from the documentation, unproven."""

    def respond(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply({"status": 401, "code": "REVOKED_ACCESS_TOKEN", "message": "no"}, 401)
        if why := linkedin_complaint(request):
            return Reply({"status": 400, "code": "ILLEGAL_ARGUMENT", "message": why}, 400)
        path = unquote(request.path.removeprefix("/rest/"))
        if path == "posts":
            return self._list([] if "post" in self.gone else [self._post()])
        if path == f"posts/{POST}" and "post" not in self.gone:
            return Reply(self._post())
        if path == f"socialActions/{POST}/comments" and "post" not in self.gone:
            return self._comments(request, "")
        if under := re.fullmatch(r"socialActions/urn:li:comment:\(.*,(\d+)\)/comments", path):
            return self._comments(request, under[1])
        if path == "organizationalEntityNotifications":
            return self._list([])
        if path.startswith("organizationalEntityShareStatistics"):
            row = {"organizationalEntity": ORGANIZATION, "totalShareStatistics": {"likeCount": 7}}
            return self._list([row])
        if path.startswith("networkSizes/"):
            return Reply({"firstDegreeSize": 500})
        return Reply({"status": 404, "message": "no such address"}, 404)

    def _comments(self, request: Request, above: str) -> Reply:
        self.overlap = self.repeats = 0  # a page here is `count` rows from `start`
        self.paging = "offset"
        told = self.listing(
            f"o{request.params['start']}", items=[i for i in self.items if i.parent == above]
        )
        return self._list([self._comment(item) for item in told.items], more=bool(told.next))

    def _comment(self, item: Item) -> dict[str, Any]:
        under = sum(i.parent == item.id for i in self.items)
        own = item.author == TestLinkedInContract.own
        return {
            "actor": ORGANIZATION if own else f"urn:li:person:{item.author}",
            "commentUrn": _urn(item.id),
            "id": item.id,
            "object": ACTIVITY,
            "message": {"text": item.text},
            "created": {"time": milliseconds(item.at)},
            "likesSummary": {"totalLikes": 2},
            **({"parentComment": _urn(item.parent)} if item.parent else {}),
            **({"commentsSummary": {"aggregatedTotalComments": under}} if under else {}),
        }

    def _list(self, rows: list[dict[str, Any]], *, more: bool = False) -> Reply:
        links = [{"rel": "next", "href": "/rest/…"}] if more else []
        return Reply({"elements": rows, "paging": {"start": 0, "count": 100, "links": links}})

    def _post(self) -> dict[str, Any]:
        return {
            "id": POST,
            "author": ORGANIZATION,
            "commentary": "Menu baru",
            "publishedAt": milliseconds(MADE),
            "createdAt": milliseconds(MADE),
            "lifecycleState": "PUBLISHED",
        }


def _urn(name: str) -> str:
    return f"urn:li:comment:({ACTIVITY},{name})"


class TestLinkedInContract(OwnContentContract):
    connector = f"{CODE}:LinkedInConnector"
    options = {"organization": ORGANIZATION, "posts_every": "1m"}
    secrets = {"token": TOKEN}
    failures: ClassVar[Mapping[str, Refusal | None]] = {
        **FAILURES,
        "too fast": Refusal(
            Reply({"status": 429, "message": "day limit"}, 429), RateLimited, retry_s=12 * 3600
        ),
        "its version has ended": Refusal(
            Reply({"status": 426, "code": "NONEXISTENT_VERSION"}, 426), Rejected
        ),
    }

    def platform(self) -> FakePlatform:
        return LinkedInFake(items(11, NOW, root=POST), NOW)

    def expected(self, item: Item) -> Mapping[str, Any]:
        return {
            **super().expected(item),
            "external_id": _urn(item.id),
            "author": f"urn:li:person:{item.author}",
            "likes": 2,
            "reply_to": POST,
            "root_id": POST,
        }

    def own_content(
        self, fake: FakePlatform
    ) -> tuple[Sequence[OwnPost], Sequence[Metric], Sequence[Standing]]:
        link = f"https://www.linkedin.com/feed/update/{POST}/"
        post = OwnPost("linkedin", POST, MADE, "text", "Menu baru", link)
        likes = Metric("linkedin", ORGANIZATION, "likes", 7.0, "count", fake.now, "account")
        return [post], [likes], []

    def test_every_request_counts_whatever_it_brought(self) -> None:
        for number in (0, 1, 2, 4):
            fake = self.platform()
            self.answered(fake)
            fake.faults = {number: Reply("<h1>502</h1>", 502)}
            with self.running(fake) as base:
                pages, _ = self.interrupted(base, fake)
            assert sum(page.cost.get("requests", 0) for page in pages) == len(fake.requests)

    def checked(self, request: Request) -> None:
        """Every request names its version and protocol."""
        if request.path != "/again":
            assert request.path.startswith("/rest/")
            assert len(request.headers["linkedin-version"]) == 6
            assert request.headers["x-restli-protocol-version"] == "2.0.0"


MUTANTS = [
    Mutant(
        "what failed is not counted",
        CODE,
        "yield Page(cost=cost)",
        "pass",
        by="test_every_request_counts_whatever_it_brought",
    ),
    Mutant("only the first page is read", API, 'str(start + len(rows)) if more else ""', '""'),
    *ALL_READING,
    *IN_PART,
    BEGINNING_OFF_BY_ONE,
    Mutant(
        "the time to ask again is ignored",
        API,
        ", midnight_after(self.now)",
        "",
        by="test_each_refusal_is_the_failure_it_stands_for",
    ),
    Mutant(
        "an answer without a list is an empty one",
        API,
        'raise Unavailable("LinkedIn answered something else than a list.")',
        "rows = []",
        by="test_a_platform_that_misbehaves_is_a_named_failure",
    ),
    Mutant("the post is lost", PARSE, "root_id=of.external_id", "root_id=None"),
    Mutant("the author is lost", PARSE, "author=_author(actor, _name(row))", "author=None"),
    Mutant(
        "the time loses its minutes",
        "connectors.kit.undated",
        "(at := parse_time(str(one)))",
        '(at := parse_time(str(one)[:-5] + "00000"))',
    ),
    Mutant(
        "the parent is lost",
        PARSE,
        "comment_id(above) if above else of.external_id",
        "of.external_id",
        by=REPLIES,
    ),
    Mutant(
        "its own answers are others'", PARSE, "own=actor == organization", "own=False", by=REPLIES
    ),
    Mutant(
        "replies end with the first page",
        API,
        "for rows, _ in self.api.pages(path):\n            for reply",
        "for rows, _ in [next(self.api.pages(path))]:\n            for reply",
        by=REPLIES,
    ),
]


@pytest.mark.parametrize("mutant", some_of(MUTANTS), ids=str)
def test_the_suite_notices(mutant: Mutant) -> None:
    assert caught(mutant, TestLinkedInContract)

"""LinkedIn: notifications with their edits and deletions, comments of own posts, its versions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from fakes.rules import linkedin_complaint

from connectors.base import (
    Connector,
    Page,
    RateLimited,
    Rejected,
    SourceSpec,
    Unauthorized,
)
from connectors.kit.loopback import LoopbackServer, Reply, Request
from connectors.linkedin import parse
from connectors.linkedin.api import version_ends
from connectors.linkedin.connector import LinkedInConnector, LinkedInOptions
from connectors.testing import ConnectorContract, drain, source_spec, through_json
from monitor.model import Author

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ORGANIZATION = "urn:li:organization:1234"
POST = "urn:li:share:7001"
SECRETS = {"token": "AQX-linkedin-token-of-the-test"}


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def short(number: int) -> str:
    return f"urn:li:comment:(activity:9,{number})"


def notified(
    number: int, at: datetime, text: str, action: str = "COMMENT", **more: Any
) -> dict[str, Any]:
    comment = {
        "entity": f"urn:li:comment:(urn:li:activity:9,{number})",
        "owner": f"urn:li:person:p{number}",
        "text": text,
    }
    return {
        "notificationId": number,
        "action": action,
        "organizationalEntity": ORGANIZATION,
        "sourcePost": POST,
        "generatedActivity": short(number),
        "decoratedGeneratedActivity": {"comment": comment},
        "lastModifiedAt": ms(at),
        **more,
    }


def commented(number: int, at: datetime, text: str, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "commentUrn": f"urn:li:comment:(urn:li:activity:9,{number})",
        "actor": f"urn:li:person:p{number}",
        "object": "urn:li:activity:9",
        "message": {"text": text},
        "created": {"time": ms(at)},
        **more,
    }


class Platform:
    """Lists by ``start`` and ``count``, errors with LinkedIn's own bodies."""

    def __init__(self, **lists: list[dict[str, Any]]) -> None:
        self.lists = {"posts": [], "comments": [], "notifications": [], **lists}
        self.fail: tuple[int, dict[str, Any]] | None = None
        self.page = 2
        self.asked: list[Request] = []

    def __call__(self, asked: Request) -> Reply:
        self.asked.append(asked)
        if self.fail:
            status, body = self.fail
            return Reply(json.dumps(body), status, {"content-type": "application/json"})
        if asked.headers.get("authorization") != f"Bearer {SECRETS['token']}":
            return Reply(json.dumps({"status": 401, "code": "INVALID_ACCESS_TOKEN"}), 401)
        if why := linkedin_complaint(asked):
            return Reply(json.dumps({"status": 400, "message": why}), 400)
        path = unquote(asked.path)
        if path.startswith("/rest/networkSizes/"):
            return told({"firstDegreeSize": 12})
        if path == "/rest/organizationalEntityShareStatistics":
            return told({"elements": [{"totalShareStatistics": {"likeCount": 3}}]})
        if path.startswith("/rest/posts/"):
            there = any(
                row["id"] == path.removeprefix("/rest/posts/") for row in self.lists["posts"]
            )
            return told({}) if there else Reply(json.dumps({"status": 404}), 404)
        key = {
            "/rest/posts": "posts",
            "/rest/organizationalEntityNotifications": "notifications",
        }.get(path, "comments")
        start, rows = int(asked.params["start"]), self.lists[key]
        paging = {"start": start, "count": self.page, "total": len(rows), "links": []}
        return told({"elements": rows[start : start + self.page], "paging": paging})


def told(body: dict[str, Any]) -> Reply:
    return Reply(json.dumps(body), headers={"content-type": "application/json"})


def own_post(at: datetime = NOW - 5 * HOUR) -> dict[str, Any]:
    return {"id": POST, "author": ORGANIZATION, "commentary": "Kami buka", "createdAt": ms(at)}


def platform() -> Platform:
    return Platform(
        posts=[own_post()],
        comments=[commented(n, NOW - n * HOUR, f"basi {n}") for n in range(1, 6)],
        notifications=[notified(n, NOW - n * HOUR, f"basi {n}") for n in range(1, 4)],
    )


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(lambda _: Reply(status=404)) as server:
        yield server


def poll(
    server: LoopbackServer,
    before: Page | None = None,
    *,
    now: datetime = NOW,
    budget: dict[str, float] | None = None,
    **options: Any,
) -> list[Page]:
    made = LinkedInConnector(
        LinkedInOptions(base_url=server.url, organization="1234", **options), SECRETS
    )
    spec = source_spec(now=now, since=NOW - 48 * HOUR, budget=budget)
    return drain(made, spec, through_json(before.cursor) if before else None)


def texts(pages: list[Page]) -> list[str]:
    return [m.text for page in pages for m in page.mentions]


class TestContract(ConnectorContract):
    secrets = SECRETS

    def make(self, base: str) -> Connector:
        return LinkedInConnector(LinkedInOptions(base_url=base, organization="1234"), self.secrets)

    def source(self) -> SourceSpec:
        return source_spec(now=NOW)

    def answer(self, asked: Request) -> Reply:
        return platform()(asked)


def test_a_comment_is_one_mention_however_its_urn_is_spelt(server: LoopbackServer) -> None:
    server.answer = platform()
    mentions = [m for page in poll(server) for m in page.mentions]
    assert len(mentions) == 8
    assert len({m.external_id for m in mentions}) == 5
    assert parse.comment_id(short(1)) == mentions[0].external_id
    assert {m.root_id for m in mentions} == {POST}


def test_edits_and_deletions_come_as_notifications(server: LoopbackServer) -> None:
    server.answer = Platform(
        notifications=[
            notified(1, NOW - HOUR, "jauh lebih basi", "COMMENT_EDIT"),
            notified(2, NOW - HOUR, "", "COMMENT_DELETE", decoratedGeneratedActivity={}),
        ]
    )
    removals = [r for page in poll(server) for r in page.removals]
    assert [(r.kind, r.text) for r in removals] == [("edited", "jauh lebih basi"), ("deleted", "")]
    assert removals[1].external_id == parse.comment_id(short(2))


def test_a_share_that_mentions_the_organization_is_a_mention(server: LoopbackServer) -> None:
    share = {"entity": "urn:li:share:8", "owner": "urn:li:person:z", "text": "Kopi Senja basi"}
    row = notified(5, NOW - HOUR, "", "SHARE_MENTION")
    row["decoratedGeneratedActivity"] = {"share": share}
    server.answer = Platform(notifications=[row])
    (mention,) = [m for page in poll(server) for m in page.mentions]
    assert (mention.external_id, mention.text) == ("urn:li:share:8", "Kopi Senja basi")
    assert mention.url == "https://www.linkedin.com/feed/update/urn:li:share:8/"


def test_what_a_notification_only_names_is_looked_up(server: LoopbackServer) -> None:
    share, name = "urn:li:share:8", "urn:li:comment:(urn:li:activity:9,3)"
    bare: dict[str, Any] = {"decoratedGeneratedActivity": None}
    named = {**notified(5, NOW - HOUR, "", "SHARE_MENTION", **bare), "generatedActivity": share}
    said = r"Halo @[Kopi Senja](urn:li:organization:1234), {hashtag|\#|basi} \(lagi\)"
    there = {
        "/rest/posts/urn:li:share:8": {"author": "urn:li:person:z", "commentary": said},
        "/rest/socialActions/urn:li:activity:9/comments/3": commented(3, NOW, "mahal"),
    }
    made = Platform(notifications=[named, notified(3, NOW - HOUR, "", **bare)])

    def answer(asked: Request) -> Reply:
        body = there.get(unquote(asked.path))
        alone = "/comments/" in asked.path
        return told(body) if body else Reply(status=404) if alone else made(asked)

    server.answer = answer
    found = {m.external_id: m for page in poll(server, read=()) for m in page.mentions}
    assert found[share].text == "Halo @Kopi Senja, #basi (lagi)"
    assert found[share].author == Author("urn:li:person:z")
    assert (found[name].text, found[name].media) == ("mahal", "")
    there.clear()
    gone = {m.external_id: m.text for page in poll(server, read=()) for m in page.mentions}
    assert gone == {share: "", name: ""}, "it is a mention without words"


def test_the_address_keeps_its_parentheses_and_the_version_goes_in_its_header(
    server: LoopbackServer,
) -> None:
    made = platform()
    server.answer = made
    poll(server)
    first = made.asked[0]
    assert first.params["actions"].startswith("List(COMMENT,")
    assert first.params["timeRange"] == f"(start:{ms(NOW - 48 * HOUR)},end:{ms(NOW)})"
    assert first.params["organizationalEntity"] == ORGANIZATION
    assert first.headers["linkedin-version"] == "202608"
    assert first.headers["x-restli-protocol-version"] == "2.0.0"


def test_with_few_requests_left_only_notifications_are_read(server: LoopbackServer) -> None:
    made = platform()
    server.answer = made
    last = poll(server)[-1]
    made.asked.clear()
    poll(server, last, now=NOW + 3 * HOUR, budget={"requests": 40})
    assert {r.path for r in made.asked} == {"/rest/organizationalEntityNotifications"}


@pytest.mark.parametrize(
    ("read", "asked"),
    [
        ((), set()),
        (("reach",), {"organizationalEntityShareStatistics", "networkSizes"}),
        (("own_posts",), {"posts", "socialActions"}),
    ],
)
def test_what_is_not_to_be_read_is_not_asked_for_and_not_declared(
    server: LoopbackServer, read: tuple[str, ...], asked: set[str]
) -> None:
    made = platform()
    server.answer = made
    pages = poll(server, read=read)
    paths = {request.path.split("/")[2] for request in made.asked}
    assert paths == asked | {"organizationalEntityNotifications"}
    assert not any(page.unseen for page in pages)
    options = LinkedInOptions(organization="1234", read=read)
    can = LinkedInConnector(options, SECRETS).info.can
    assert ("own_metrics" in can, "own_posts" in can) == ("reach" in read, "own_posts" in read)


def test_a_version_that_ends_soon_is_told_sixty_days_ahead(server: LoopbackServer) -> None:
    assert version_ends("202601") == datetime(2027, 1, 15, tzinfo=UTC)
    server.answer = platform()
    assert not [s for page in poll(server) for s in page.standings]
    (standing,) = [s for page in poll(server, version="202601") for s in page.standings]
    assert "2027-01-15" in standing.reason


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        *(
            (401, {"code": f"{why}_ACCESS_TOKEN"}, Unauthorized, why)
            for why in ("EXPIRED", "REVOKED", "INVALID")
        ),
        (403, {"code": "ACCESS_DENIED", "message": "Not enough permissions"}, Unauthorized, "Not"),
        (426, {"code": "NONEXISTENT_VERSION"}, Rejected, "raise `version`"),
        (429, {"message": "Resource level throttle APPLICATION DAY limit"}, RateLimited, "spent"),
    ],
)
def test_every_error_says_what_to_do_next(
    server: LoopbackServer, status: int, body: dict[str, Any], kind: type[Exception], words: str
) -> None:
    made = platform()
    made.fail = (status, body)
    server.answer = made
    with pytest.raises(kind, match=words) as caught:
        poll(server)
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_at == datetime(2026, 11, 21, tzinfo=UTC)


def test_the_recorded_statistics_are_read(shared: Path) -> None:
    (path,) = (shared / "data/recorded/linkedin/airbyte").glob("*.jsonl*")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    row = next(row["data"] for row in rows if row["stream"] == "share_statistics")
    metrics = {m.name: m for m in parse.statistics(row, NOW)}
    assert set(metrics) >= {"views", "reach", "clicks", "likes", "comment_mentions"}
    assert metrics["views"].subject == "urn:li:organization:90362860"


@pytest.mark.parametrize("body", [{"message": "Too many requests"}, {}])
def test_a_refusal_that_protects_linkedin_is_not_waited_out_until_midnight(
    server: LoopbackServer, body: dict[str, Any]
) -> None:
    made = platform()
    made.fail = (429, body)
    server.answer = made
    with pytest.raises(RateLimited, match="slow down") as caught:
        poll(server)
    assert caught.value.retry_at is None

"""What X was recorded to answer loses nothing on its way to our nouns."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from fakes.described import x_description

from connectors.x.parse import METRICS, lost, metrics_of, post, posts_of, time_of
from monitor.model import Mention, OwnPost

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def recorded(shared: Path) -> Path:
    return shared / "data/recorded/x"


def tape(path: Path) -> list[Any]:
    """The JSON bodies of a cassette."""
    told = yaml.safe_load(path.read_text("utf-8"))
    return [
        json.loads(gzip.decompress(one["response"]["body"]["string"]))
        for one in told["interactions"]
    ]


def whole(row: Any, found: Mention | OwnPost) -> None:
    """Nothing of a recorded post is lost."""
    assert found.external_id == row.get("edit_history_tweet_ids", [row["id"]])[0]
    assert found.text.replace("&", "&amp;").startswith(row["text"][:20].replace("&amp;", "&")[:5])
    assert found.url.endswith(f"/{row['id']}")
    stated = row.get("created_at")
    at = datetime.fromisoformat(stated) if stated else time_of(row["id"])
    assert found.published_at == at
    if isinstance(found, OwnPost):
        return
    references = {one["type"]: one["id"] for one in row.get("referenced_tweets", [])}
    assert found.reply_to == references.get("replied_to")
    assert found.root_id == row.get("conversation_id")
    assert (found.author.handle if found.author else None) is not None or "author_id" not in row


def test_recorded_mentions_searches_and_lookups_lose_nothing(recorded: Path) -> None:
    bodies = [
        json.loads(path.read_text("utf-8"))
        for path in sorted(recorded.glob("python-twitter/apis/*/*.json"))
        if path.name in ("timeline_mentions.json", "search_tweets_query.json", "tweets_resp.json")
    ]
    for name in ("search_recent_tweets", "get_users_mentions", "get_tweets"):
        bodies += tape(recorded / f"tweepy/test_client_{name}.yaml")
    assert len(bodies) == 6
    for body in bodies:
        read = posts_of(body, NOW, "", retweets=False)
        assert read.skipped == 0
        assert read.ids == [row["id"] for row in body["data"]]
        for row, mention in zip(body["data"], read.mentions, strict=True):
            whole(row, mention)


def test_recorded_posts_of_an_account_are_its_own(recorded: Path) -> None:
    (body,) = tape(recorded / "tweepy/test_client_get_users_tweets.yaml")
    read = posts_of(body, NOW, "783214", retweets=False, all_own=True)
    assert read.mentions == []
    for row, own in zip(body["data"], read.own_posts, strict=True):
        whole(row, own)


def test_a_recorded_post_keeps_its_counts_and_its_long_text_is_whole(recorded: Path) -> None:
    row = json.loads((recorded / "python-twitter/models/tweet.json").read_text("utf-8"))
    found = post(row, {})
    assert found is not None
    whole(row, found)
    counted = {one.name: one.value for one in metrics_of(row, row["id"], NOW)}
    assert counted == {METRICS[name]: value for name, value in row["public_metrics"].items()}


def test_what_cannot_be_seen_is_told_as_in_the_documentation(recorded: Path) -> None:
    """Unproven: nobody has recorded it."""
    kind = "https://api.twitter.com/2/problems/"
    errors = [
        {"resource_id": "20", "type": f"{kind}resource-not-found"},
        {"resource_id": "21", "type": f"{kind}not-authorized-for-resource"},
        {"resource_id": "22", "type": f"{kind}service-unavailable"},
        {"resource_id": "99", "type": f"{kind}resource-not-found"},
    ]
    assert lost({"errors": errors}, ("20", "21", "22", "23")) == {"20": "deleted", "21": "private"}
    told = json.dumps(x_description("tweet"))
    assert "/problems/resource-not-found" in told
    assert "/problems/not-authorized-for-resource" in told

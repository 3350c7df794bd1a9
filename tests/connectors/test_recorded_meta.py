"""What Meta's platforms were recorded to answer loses nothing on its way to our nouns."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.facebook import parse as facebook
from connectors.instagram import parse as instagram
from connectors.kit.meta.graph import after_of, usage_of
from connectors.kit.meta.insights import measured
from connectors.threads import parse as threads
from monitor.model import OwnPost

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def recorded(shared: Path) -> Path:
    return shared / "data" / "recorded"


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def own(platform: str, name: str = "10158407654328553") -> OwnPost:
    return OwnPost(platform, name, NOW, "text", url="https://example.com/post")


def test_facebooks_comments_without_ids_take_them_from_their_links(recorded: Path) -> None:
    folder = recorded / "facebook/python-facebook/facebook/apidata/comments"
    for name in ("comments_p1.json", "comments_p2.json"):
        rows = read(folder / name)["data"]
        page = facebook.comments(rows, "", own("facebook"), "19292868552", NOW)
        assert page.skipped == 0
        assert len({m.external_id for m in page.mentions}) == len(rows)
        for row, mention in zip(rows, page.mentions, strict=True):
            asked = row["permalink_url"]
            reply = "reply_comment_id=" in asked
            last = asked.rsplit("=", 1)[1]
            assert mention.external_id == f"10158407654328553_{last}"
            assert mention.text == row["message"]
            assert mention.published_at == datetime.fromisoformat(row["created_time"])
            assert mention.url == asked
            assert mention.kind == ("reply" if reply else "comment")
            top = asked.split("comment_id=")[1].split("&")[0]
            above = f"10158407654328553_{top}" if reply else "10158407654328553"
            assert mention.reply_to == above


def test_facebooks_posts_keep_id_time_text_link_and_counts(recorded: Path) -> None:
    folder = recorded / "facebook/python-facebook/facebook/apidata/posts"
    for path in sorted(folder.glob("*.json")):
        told = read(path)
        for row in told.get("data", [told]):
            one = facebook.post(row, NOW)
            assert one is not None, path.name
            assert one.post.external_id == row["id"]
            assert one.post.published_at == datetime.fromisoformat(row["created_time"])
            assert one.post.text == row.get("message", row.get("story", ""))
            assert one.post.url == row.get("permalink_url", f"https://www.facebook.com/{row['id']}")
            if "comments" in row:
                assert one.comments == row["comments"]["summary"]["total_count"]


def test_a_post_that_tags_the_page_was_recorded_without_its_author(recorded: Path) -> None:
    row = read(recorded / "facebook/restfb/v10_0/tagged-post.json")
    mention = facebook.visitor_post(row, "1875137689236883", NOW)
    assert mention is not None
    assert mention.published_at == datetime(2021, 2, 26, 11, 49, 57, tzinfo=UTC)
    assert mention.author is None


def test_insights_of_every_recorded_shape_are_numbers(recorded: Path) -> None:
    paths = [
        *recorded.glob("facebook/restfb/v3_3/insight/*.json"),
        *recorded.glob("instagram/python-facebook/apidata/*/*insights*.json"),
    ]
    assert len(paths) >= 4
    for path in paths:
        rows = read(path)["data"]
        found = list(measured(rows, "facebook", "1", NOW))
        points = [p for row in rows for p in [row.get("total_value"), *row.get("values", [])] if p]
        dated = [p for p in points if "end_time" in p]
        assert len(found) == (len(dated) or len(rows)), path.name
    page = read(recorded / "facebook/restfb/v16_0/page-with-insights.json")
    assert len(list(measured(page["insights"]["data"], "facebook", "1", NOW))) > 1


def test_pages_end_only_where_no_next_is_named(recorded: Path) -> None:
    folder = recorded / "facebook/restfb"
    assert after_of(read(folder / "connection-same-cursor.json")) == ""
    assert after_of(read(folder / "v4_0/strange-cursor.json")).startswith("QVFIUl")
    first = recorded / "instagram/python-facebook/apidata/medias/comments_p1.json"
    assert after_of(read(first)) == "after"


def test_the_recorded_usage_header_is_read(recorded: Path) -> None:
    told = (recorded / "facebook/restfb/api/header-business.json").read_text()
    assert list(usage_of(told)) == [(100.0, 10.0)]


def test_instagrams_comments_replies_and_media_lose_nothing(recorded: Path) -> None:
    folder = recorded / "instagram/python-facebook/apidata"
    nobody = frozenset[str]()
    for name in ("medias/comments_p1.json", "medias/comments_p2.json", "comments/replies.json"):
        told = read(folder / name)
        page = instagram.comments(told, "", own("instagram"), nobody, NOW)
        assert [m.external_id for m in page.mentions] == [row["id"] for row in told["data"]]
        assert [m.text for m in page.mentions] == [row["text"] for row in told["data"]]
    told = read(recorded / "instagram/restfb/comment.json")
    page = instagram.comments({"data": [told]}, "", own("instagram"), nobody, NOW)
    assert [(m.external_id, m.reply_to) for m in page.mentions] == [
        ("123456789", "10158407654328553"),
        ("1234567891", "123456789"),
    ]
    for path in [*folder.glob("users/medias_p*.json"), *folder.glob("medias/media*.json")]:
        body = read(path)
        for row in body.get("data", [body]):
            one = instagram.media(row, NOW)
            assert one is not None
            assert (one.post.external_id, one.post.url) == (row["id"], row.get("permalink", ""))
            assert one.comments == row.get("comments_count")
    for row in read(folder / "users/tagged_medias.json")["data"]:
        mention = instagram.tagged(row, NOW)
        assert mention is not None
        assert mention.text == row.get("caption", "")


def test_threads_replies_lose_nothing(recorded: Path) -> None:
    rows = read(recorded / "threads/restfb/basic-list-reply.json")["data"]
    for row in rows:
        mention = threads.post(row, NOW)
        assert mention is not None
        assert (mention.text, mention.root_id) == (row["text"], row["root_post"]["id"])
        assert mention.reply_to == row["replied_to"]["id"]


def test_what_is_asked_for_exists_in_the_field_lists_of_the_vendor(recorded: Path) -> None:
    specs = {
        "facebook/spec-facebook-business-sdk-codegen/Comment.json": facebook.COMMENT_FIELDS,
        "facebook/spec-facebook-business-sdk-codegen/Ad.json": facebook.AD_FIELDS,
        "instagram/spec-facebook-business-sdk-codegen/IGMedia.json": instagram.MEDIA_FIELDS,
        "instagram/spec-facebook-business-sdk-codegen/IGComment.json": instagram.REPLY_FIELDS.split(
            ","
        ),
    }
    for name, fields in specs.items():
        known = {field["name"] for field in read(recorded / name)["fields"]}
        asked = {field.split("{")[0].split(".")[0] for field in fields}
        assert asked <= known, name

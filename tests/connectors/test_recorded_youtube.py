"""What YouTube was recorded to answer loses nothing on its way to our nouns."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from connectors.youtube.parse import reply, threads_of
from connectors.youtube.videos import (
    chat_of,
    found_video,
    metrics_of,
    own_post,
    report,
    standing_of,
)
from monitor.model import Mention

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def recorded(shared: Path) -> Path:
    return shared / "data/recorded/youtube/python-youtube"


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def whole(comment: Any, found: Mention, parent: str | None) -> None:
    """Nothing of a recorded comment is lost."""
    snippet = comment["snippet"]
    assert found.external_id == comment["id"]
    assert found.published_at == datetime.fromisoformat(snippet["publishedAt"])
    assert found.text == snippet.get("textOriginal", snippet["textDisplay"])
    assert found.reply_to == parent
    assert found.author is not None
    assert found.author.name == snippet["authorDisplayName"]
    assert found.author.handle == snippet["authorChannelId"]["value"]
    if "videoId" in snippet:
        assert found.root_id == snippet["videoId"]
        assert found.url.endswith(f"?v={snippet['videoId']}&lc={comment['id']}")


def test_recorded_comments_and_replies_lose_nothing(recorded: Path) -> None:
    paths = sorted((recorded / "apidata/comment_threads").glob("*.json"))
    assert len(paths) >= 3
    for path in paths:
        items = read(path)["items"]
        threads, skipped = threads_of(items, "", NOW)
        assert skipped == 0
        for item, thread in zip(items, threads, strict=True):
            assert thread.top is not None
            whole(item["snippet"]["topLevelComment"], thread.top, None)
            assert thread.total == item["snippet"]["totalReplyCount"]
            told = item.get("replies", {}).get("comments", [])
            for one, found in zip(told, thread.replies, strict=True):
                whole(one, found, item["id"])
    for path in (recorded / "apidata/comments").glob("comments_by_parent*.json"):
        for item in read(path)["items"]:
            answer = reply(item, threads[0], "", NOW)
            assert answer is not None
            assert answer.text == item["snippet"]["textOriginal"]


def test_recorded_videos_keep_time_words_counts_and_standing(recorded: Path) -> None:
    paths = sorted((recorded / "apidata/videos").glob("*.json"))
    assert len(paths) >= 2
    for path in paths:
        for item in read(path)["items"]:
            post = own_post(item)
            assert post.external_id == item["id"]
            assert post.published_at == datetime.fromisoformat(item["snippet"]["publishedAt"])
            assert (post.title, post.text) == (
                item["snippet"]["title"],
                item["snippet"]["description"],
            )
            counted = {m.name: m.value for m in metrics_of(item, NOW)}
            if statistics := item.get("statistics"):
                assert counted["views"] == int(statistics["viewCount"])
                assert counted["comments"] == int(statistics["commentCount"])
            assert standing_of(item).state == "live"
            assert chat_of(item) == ""


def test_recorded_searches_lose_nothing(recorded: Path) -> None:
    for name in ("search_by_keywords_p1.json", "search_by_keywords_p2.json"):
        for item in read(recorded / "apidata/search" / name)["items"]:
            if item["id"]["kind"] != "youtube#video":
                continue
            found, snippet = found_video(item), item["snippet"]
            assert found is not None
            assert found.external_id == item["id"]["videoId"]
            assert found.published_at == datetime.fromisoformat(snippet["publishedAt"])
            assert found.title == unescape(snippet["title"])
            assert found.author is not None
            assert (found.author.handle, found.author.name) == (
                snippet["channelId"],
                snippet["channelTitle"],
            )


@pytest.mark.parametrize(
    ("parts", "state", "reason"),
    [
        ({"status": {"uploadStatus": "processed"}}, "live", ""),
        ({"status": {"uploadStatus": "uploaded"}}, "pending", ""),
        (
            {"status": {"uploadStatus": "rejected", "rejectionReason": "termsOfUse"}},
            "rejected",
            "termsOfUse",
        ),
        ({"status": {"uploadStatus": "rejected", "rejectionReason": "claim"}}, "claimed", "claim"),
        ({"status": {"uploadStatus": "failed", "failureReason": "codec"}}, "failed", "codec"),
        ({"status": {"uploadStatus": "deleted"}}, "removed", "deleted"),
        (
            {"contentDetails": {"contentRating": {"ytRating": "ytAgeRestricted"}}},
            "restricted",
            "age",
        ),
        (
            {"contentDetails": {"regionRestriction": {"blocked": ["ID", "MY"]}}},
            "restricted",
            "blocked in ID, MY",
        ),
        (
            {"contentDetails": {"regionRestriction": {"allowed": []}}},
            "restricted",
            "shown only in no country",
        ),
    ],
)
def test_how_youtube_judges_a_video_is_its_standing(
    parts: dict[str, Any], state: str, reason: str
) -> None:
    """From the documentation, unproven: nobody has recorded a refused video."""
    told = standing_of({"id": "F1UP7wRCPH8", **parts})
    assert (told.state, told.reason) == (state, reason)


def test_a_report_of_analytics_is_the_newest_days_reach() -> None:
    """From the documentation, unproven."""
    headers = [{"name": name} for name in ("day", "views", "estimatedMinutesWatched")]
    rows = [["2026-02-26", 10, 3], ["2026-02-27", 12, 4]]
    told = list(report({"columnHeaders": headers, "rows": rows}, "UC1"))
    assert {m.name: m.value for m in told} == {"views": 12, "watch_time": 240}
    assert {m.measured_at for m in told} == {datetime(2026, 2, 28, 8, tzinfo=UTC)}
    assert {m.subject_kind for m in told} == {"account"}

"""More shapes of X and YouTube: other types, other nesting, what is missing, who is gone, pages
that are empty (see ``fakes.shapes``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes.shapes import STAMP, UTC, Line, Shape, mention, without

OLD = "1206546235414855680"
X_AT = "2019-12-16T12:09:40.000Z"
TWEET = {"id": OLD, "text": "senja basi", "created_at": X_AT, "author_id": "5"}


def matching(name: str, told: Any, *lines: Line) -> Shape:
    """Posts that a search brings."""
    return Shape(name, "x", {"posts": True}, {"/search/recent": told}, lines)


def tweets(*told: Any, **more: Any) -> Mapping[str, Any]:
    return {"data": list(told), "meta": {"result_count": len(told)}, **more}


X = [
    matching(
        "ids as numbers, times with an offset and as seconds",
        tweets(
            {**TWEET, "id": int(OLD), "author_id": 5},
            {**TWEET, "id": "2", "created_at": "2019-12-16T19:09:40+07:00"},
            {**TWEET, "id": "3", "created_at": STAMP},
            without({**TWEET, "id": "1206546235414855681"}, "created_at"),
        ),
        mention(OLD, published_at=UTC, author={"handle": "5"}),
        mention("2", published_at=UTC),
        mention("3", published_at=UTC),
        mention("1206546235414855681"),
    ),
    matching(
        "a long post in full, with and without its short form",
        tweets(
            {**TWEET, "note_tweet": {"text": "senja basi &amp; mahal", "entities": {}}},
            {**without(TWEET, "text"), "id": "2", "note_tweet": {"text": "panjang"}},
            {**TWEET, "id": "3", "note_tweet": None},
            {**TWEET, "id": "4", "note_tweet": {}},
        ),
        mention(OLD, text="senja basi & mahal"),
        mention("2", text="panjang"),
        mention("3", text="senja basi"),
        mention("4", text="senja basi"),
    ),
    matching(
        "quotes, answers, both at once, and what is answered without its type",
        tweets(
            {**TWEET, "referenced_tweets": [{"type": "quoted", "id": "7"}]},
            {**TWEET, "id": "2", "referenced_tweets": [{"type": "replied_to", "id": 7}]},
            {
                **TWEET,
                "id": "3",
                "referenced_tweets": [
                    {"type": "quoted", "id": "8"},
                    {"type": "replied_to", "id": "7"},
                ],
            },
            {**TWEET, "id": "4", "referenced_tweets": None, "conversation_id": 4},
            {
                **TWEET,
                "id": "5",
                "referenced_tweets": [{"id": "7"}, None],
                "in_reply_to_user_id": "1",
            },
        ),
        mention(OLD, kind="post", reply_to=None),
        mention("2", kind="reply", reply_to="7"),
        mention("3", reply_to="7"),
        mention("4", root_id="4", reply_to=None),
        mention("5", text="senja basi"),
    ),
    matching(
        "writers in the includes, gone from them, suspended",
        tweets(
            TWEET,
            {**TWEET, "id": "2", "author_id": "6"},
            without({**TWEET, "id": "3"}, "author_id"),
            {**TWEET, "id": "4", "author_id": None},
            includes={"users": [{"id": "5", "username": "sari", "name": "Sari"}, None]},
            errors=[{"resource_id": "6", "type": "x/resource-not-found", "title": "Not Found"}],
        ),
        mention(OLD, author={"handle": "sari", "name": "Sari"}),
        mention("2", author={"handle": "6"}),
        mention("3", author=None),
        mention("4", author=None),
    ),
    matching(
        "pictures, polls and cards; words that are missing",
        tweets(
            {**TWEET, "attachments": {"media_keys": ["3_1"]}, "entities": {"urls": None}},
            {**TWEET, "id": "2", "attachments": {"poll_ids": ["9"]}, "entities": None},
            {**without(TWEET, "text"), "id": "3", "attachments": {"media_keys": ["3_1"]}},
            {**TWEET, "id": "4", "text": ""},
            includes={"media": [{"media_key": "3_1", "type": "photo"}]},
        ),
        mention(OLD),
        mention("2"),
        mention("3", text="", media="image"),
        mention("4", text=""),
    ),
    matching(
        "counts missing, null and as text",
        tweets(
            {**TWEET, "public_metrics": None},
            {**TWEET, "id": "2", "public_metrics": {"like_count": "3", "reply_count": 0}},
            {**TWEET, "id": "3", "public_metrics": {"like_count": None, "impression_count": 9}},
        ),
        mention(OLD, likes=None),
        mention("2", likes=3, replies=0),
        mention("3", reach=9),
    ),
    matching(
        "an empty page with a mark",
        [
            {"meta": {"result_count": 0, "next_token": "n"}},
            {"data": [TWEET], "meta": {"result_count": 1, "newest_id": OLD}},
        ],
        mention(OLD),
    ),
    matching(
        "rows that are none, fields that nobody knows",
        tweets(
            None,
            "x",
            {"text": "tanpa id"},
            {**TWEET, "edit_controls": {}, "withheld": None, "geo": {}, "source": "x", "z": [1]},
        ),
        mention(OLD, text="senja basi"),
    ),
    matching(
        "an edited post, and a history that is null",
        tweets(
            {**TWEET, "edit_history_tweet_ids": [OLD]},
            {**TWEET, "id": "2", "edit_history_tweet_ids": None},
            {**TWEET, "id": "3", "edit_history_tweet_ids": []},
        ),
        mention(OLD),
        mention("2"),
        mention("3"),
    ),
]

CHANNEL = "UC" + "a" * 22
YT_AT = "2019-12-16T12:09:40Z"
SNIPPET = {
    "videoId": "F1UP7wRCPH8",
    "textDisplay": "basi",
    "textOriginal": "basi",
    "authorDisplayName": "@sari",
    "authorChannelId": {"value": "UCs"},
    "likeCount": 2,
    "publishedAt": YT_AT,
    "updatedAt": YT_AT,
}


def commented(name: str, **told: Any) -> dict[str, Any]:
    return {"id": name, "snippet": {**SNIPPET, **told}}


def thread(name: str, *replies: Any, **told: Any) -> dict[str, Any]:
    snippet = {"topLevelComment": commented(name, **told), "totalReplyCount": len(replies)}
    more = {"replies": {"comments": list(replies)}} if replies else {}
    return {"id": name, "snippet": snippet, **more}


def on_channel(name: str, told: Any, *lines: Line, **answers: Any) -> Shape:
    """Comments of a channel."""
    options = {"channel": CHANNEL, "read": []}
    return Shape(name, "youtube", options, {"/commentThreads": told, **answers}, lines)


YOUTUBE = [
    on_channel(
        "times with parts of a second, with an offset, as seconds, missing",
        {
            "items": [
                thread("a", publishedAt="2019-12-16T12:09:40.000Z"),
                thread("b", publishedAt="2019-12-16T19:09:40+07:00"),
                thread("c", publishedAt=STAMP),
                thread("d", publishedAt=None),
            ]
        },
        *(mention(n, published_at=UTC) for n in "abcd"),
    ),
    on_channel(
        "writers who are gone, by name, by a channel as text",
        {
            "items": [
                thread("a", authorDisplayName="", authorChannelId=None),
                thread("b", authorDisplayName="Budi", authorChannelId={}),
                thread("c", authorDisplayName="Sari", authorChannelId="UCs"),
                thread("d", authorDisplayName=None),
            ]
        },
        mention("a", author=None),
        mention("b", author={"handle": "Budi"}),
        mention("c", author={"handle": "UCs", "name": "Sari"}),
        mention("d", author={"handle": "UCs"}),
    ),
    on_channel(
        "words in one field alone, missing, a picture",
        {
            "items": [
                thread("a", textOriginal=None),
                thread("b", textDisplay=None),
                thread("c", textOriginal="", textDisplay="", imageUrl="https://yt3.ggpht.com/x"),
                thread("d", textOriginal=None, textDisplay=None),
                thread("e", textOriginal=None, textDisplay="&quot;basi&quot;<br>mahal &lt;3"),
                thread("f", textOriginal=None, textDisplay="harga <3"),
            ]
        },
        mention("e", text='"basi"\nmahal <3'),
        mention("f", text="harga <3"),
        mention("a", text="basi"),
        mention("b", text="basi"),
        mention("c", text="", media="image"),
        mention("d", text=""),
    ),
    on_channel(
        "one reply that cannot be read costs neither its thread nor its siblings",
        {
            "items": [
                thread("a", commented("a.1", parentId="a"), {"id": "a.2"}, None, commented("a.3")),
            ]
        },
        mention("a", text="basi"),
        mention("a.1", reply_to="a", kind="reply"),
        mention("a.3", reply_to="a", kind="reply"),
        **{"/comments": {"items": [commented("a.1", parentId="a"), None, commented("a.3")]}},
    ),
    on_channel(
        "counts as text and missing, replies that are null",
        {
            "items": [
                {**thread("a", likeCount="3"), "replies": None},
                {**thread("b", likeCount=None), "replies": {"comments": None}},
                {**thread("c"), "replies": {}},
            ]
        },
        mention("a", likes=3, replies=0),
        mention("b", likes=None),
        mention("c"),
    ),
    on_channel(
        "an empty page with a mark",
        [{"items": [], "nextPageToken": "n"}, {"items": [thread("a")]}],
        mention("a"),
    ),
    on_channel(
        "items that are none, flags that nobody knows",
        {
            "items": [
                None,
                7,
                {"id": "x"},
                {**thread("a", moderationStatus="heldForReview", viewerRating="none"), "etag": "e"},
            ]
        },
        mention("a"),
    ),
    on_channel(
        "a thread whose comment is gone and whose replies are there",
        {
            "items": [
                {
                    "id": "a",
                    "snippet": {"videoId": "F1UP7wRCPH8", "totalReplyCount": 1},
                    "replies": {"comments": [commented("a.1", parentId="a")]},
                }
            ]
        },
        mention("a.1", reply_to="a", root_id="F1UP7wRCPH8"),
    ),
    Shape(
        "videos that a search finds: ids as text, without words, of nobody",
        "youtube",
        {"search": True},
        {
            "/search": {
                "items": [
                    {"id": "aaaaaaaaaaa", "snippet": {"title": "T", "publishedAt": YT_AT}},
                    {"id": {"videoId": "bbbbbbbbbbb"}, "snippet": {"publishedAt": YT_AT}},
                    {"id": {"videoId": "c"}, "snippet": {"title": "T", "publishTime": YT_AT}},
                    {
                        "id": {"channelId": "UCx"},
                        "snippet": {"title": "kanal", "publishedAt": YT_AT},
                    },
                    None,
                ]
            }
        },
        [
            mention("aaaaaaaaaaa", title="T", author=None),
            mention("bbbbbbbbbbb", title=""),
            mention("c", published_at=UTC),
        ],
    ),
]

"""Shapes of LinkedIn, TikTok, X and YouTube (see ``fakes.shapes``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes.shapes import STAMP, UTC, Line, Shape, mention, metric, ok, own_post, word_ok

ORG = "urn:li:organization:96"
ACTIVITY = "urn:li:activity:70946"
COMMENT = f"urn:li:comment:({ACTIVITY},70949)"
NOTE = {
    "action": "COMMENT",
    "lastModifiedAt": STAMP * 1000,
    "sourcePost": ACTIVITY,
    "generatedActivity": "urn:li:comment:(activity:70946,70949)",
}


def note(number: int, **comment: Any) -> Mapping[str, Any]:
    generated = f"urn:li:comment:(activity:70946,{number})"
    told = {"decoratedGeneratedActivity": {"comment": comment}}
    return {**NOTE, "generatedActivity": generated, **told}


def noted(number: int, **told: Any) -> Line:
    return mention(f"urn:li:comment:({ACTIVITY},{number})", **told)


def share_statistics(day: int, likes: Any) -> Mapping[str, Any]:
    span = {"start": (STAMP + day * 86_400) * 1000, "end": (STAMP + (day + 1) * 86_400) * 1000}
    told = {"likeCount": likes}
    return {"organizationalEntity": ORG, "totalShareStatistics": told, "timeRange": span}


LINKEDIN = [
    Shape(
        "notifications of every shape",
        "linkedin",
        {"organization": "96"},
        {
            "Notifications": {
                "elements": [
                    note(1, owner="urn:li:person:a", message={"text": "dalam message"}),
                    note(2, entity=ACTIVITY, actor="urn:li:person:b", text="entity lain"),
                    note(3, owner="urn:li:person:c", text="balasan", object=COMMENT),
                    {k: v for k, v in note(4, text="tanpa waktu").items() if k != "lastModifiedAt"},
                ]
            }
        },
        [
            noted(1, text="dalam message", author={"handle": "urn:li:person:a"}),
            noted(2, text="entity lain", author={"handle": "urn:li:person:b"}, kind="comment"),
            noted(3, kind="reply", reply_to=COMMENT, root_id=ACTIVITY),
            noted(4, text="tanpa waktu", time_is="unknown"),
        ],
    ),
    Shape(
        "posts of older versions and what stands under them",
        "linkedin",
        {"organization": "96"},
        {
            "/posts$": {
                "elements": [
                    {
                        "id": "urn:li:ugcPost:1",
                        "firstPublishedAt": STAMP * 1000,
                        "specificContent": {
                            "com.linkedin.ugc.ShareContent": {
                                "shareCommentary": {"text": "halo ugc"},
                                "shareMediaCategory": "VIDEO",
                                "media": [{"title": {"text": "Judul"}}],
                            }
                        },
                    },
                    {
                        "id": "6397",
                        "created": {"time": STAMP * 1000},
                        "text": {"text": "halo share"},
                    },
                ]
            },
            "comment.*/comments": {
                "elements": [
                    {
                        "commentUrn": f"urn:li:comment:({ACTIVITY},66)",
                        "message": {"text": "balas"},
                        "created": {"time": STAMP * 1000},
                        "parentComment": COMMENT,
                    }
                ]
            },
            "/comments": {
                "elements": [
                    {
                        "$URN": COMMENT,
                        "actor": "urn:li:person:v",
                        "created": {"time": STAMP * 1000},
                        "message": {"text": "bagus"},
                        "likesSummary": {"totalLikes": 2},
                        "commentsSummary": {"totalFirstLevelComments": 1},
                    }
                ]
            },
        },
        [
            own_post("urn:li:ugcPost:1", text="halo ugc", title="Judul", kind="video"),
            own_post("6397", text="halo share", published_at="2019-12-16T12:09:40Z"),
            mention(COMMENT, text="bagus", likes=2, replies=1),
            mention(f"urn:li:comment:({ACTIVITY},66)", reply_to=COMMENT),
        ],
    ),
    Shape(
        "statistics by day, and as text",
        "linkedin",
        {"organization": "96"},
        {"ShareStatistics": {"elements": [share_statistics(0, "5"), share_statistics(1, 6)]}},
        [
            metric(ORG, "likes", 5, measured_at="2019-12-17T12:09:40Z"),
            metric(ORG, "likes", 6, measured_at="2019-12-18T12:09:40Z"),
        ],
    ),
]

VIDEO = {"item_id": "72039", "create_time": str(STAMP), "caption": "Menu", "comments": 2}
TITLED = {"id": 72040, "create_time": STAMP, "video_description": "Menu", "comment_count": 2}
TITLED |= {
    "view_count": 900,
    "like_count": 40,
    "share_url": "https://www.tiktok.com/@a/video/72040",
}
SAID: Mapping[str, Any] = {
    "id": 81,
    "video_id": 72040,
    "create_time": STAMP,
    "text": "basi",
    "like_count": 5,
}
AD = {"ad_id": "1700", "ad_name": "Promo", "ad_text": "Beli", "create_time": "2019-12-16 12:09:40"}
REFUSED_AD = {**AD, "ad_id": "1702", "secondary_status": "AD_STATUS_AUDIT_DENY"}
WHY: Mapping[str, Any] = {"reject_info": [{"reasons": ["Klaim palsu"], "suggestion": "ubah"}]}
TIKTOK = [
    Shape(
        "comments under other names",
        "tiktok",
        {"business": "b"},
        {
            "business/video/list": ok(videos=[VIDEO]),
            "comment/reply/list": ok(comments=[{"comment_id": "9", "text": "balas"}]),
            "business/comment/list": ok(
                comments=[
                    {
                        "comment_id": "7",
                        "unique_identifier": "u-1",
                        "create_time": str(STAMP),
                        "text": "enak",
                        "like_count": 5,
                        "reply_count": 1,
                    },
                    {"comment_id": "8", "text": "kami", "is_owner": True, "username": "senja"},
                ]
            ),
        },
        [
            mention("7", author={"handle": "u-1"}, likes=5, replies=1),
            mention("8", own=True),
            mention("9", reply_to="7"),
        ],
    ),
    Shape(
        "videos and comments as TikTok's other API names them",
        "tiktok",
        {"business": "b"},
        {
            "business/video/list": word_ok(videos=[TITLED]),
            "comment/reply/list": word_ok(comments=[{**SAID, "id": 82, "parent_comment_id": 81}]),
            "business/comment/list": word_ok(
                comments=[{**SAID, "reply_count": 1, "parent_comment_id": 72040}]
            ),
        },
        [
            own_post("72040", text="Menu", url="https://www.tiktok.com/@a/video/72040"),
            *(metric("72040", n, v) for n, v in {"views": 900, "likes": 40, "comments": 2}.items()),
            mention("81", text="basi", reply_to="72040", likes=5, replies=1, published_at=UTC),
            mention("82", kind="reply", reply_to="81"),
        ],
    ),
    *(
        Shape(
            f"why an ad was refused, {name}",
            "tiktok",
            {"business": "b", "advertiser": "1"},
            {"/ad/get": ok(list=[REFUSED_AD]), "review_info": ok(ad_review_map=told)},
            [{"type": "standing", "subject": "1702", "reason": "Klaim palsu"}],
        )
        for name, told in {
            "by its id": {"1702": WHY},
            "in a list": [{**WHY, "ad_id": 1702}],
        }.items()
    ),
    Shape(
        "ads in every state",
        "tiktok",
        {"business": "b", "advertiser": "1"},
        {
            "/ad/get": ok(
                list=[
                    {**AD, "secondary_status": "AD_STATUS_DISABLE"},
                    {**AD, "ad_id": "1701", "secondary_status": "AD_STATUS_SOMETHING_AUDIT_DENY"},
                ]
            )
        },
        [
            own_post("1700", kind="ad", title="Promo", text="Beli"),
            {"type": "standing", "subject": "1701", "state": "disapproved"},
        ],
    ),
]

OLD = "1364275610764201984"
COUNTS = {"retweet_count": 10, "reply_count": 2, "like_count": 37, "quote_count": 1}
X_OWN = {
    "id": OLD,
    "text": "menu",
    "created_at": "2021-02-23T18:07:07.000Z",
    "public_metrics": COUNTS,
}
EDITED = {
    "id": "1364276869055401984",
    "text": "menu baru",
    "created_at": "2021-02-23T18:12:07.000Z",
    "edit_history_tweet_ids": [OLD, "1364276869055401984"],
}
RETWEET = {
    "id": "1495979553889697792",
    "author_id": "29757971",
    "created_at": "2022-02-22T04:31:34.000Z",
    "text": "RT @kopisenja: cerita yang panjang sekali…",
}
PASSED_ON = {**RETWEET, "referenced_tweets": [{"type": "retweeted", "id": OLD}]}
X = [
    Shape(
        "an account of years ago, its counts, its quotes, its followers",
        "x",
        {"account": "2244994945"},
        {
            "/2244994945/tweets": {"data": [X_OWN], "meta": {"result_count": 1}},
            "/2/tweets$": {"data": [X_OWN]},
            "/quote_tweets": {"data": [RETWEET], "meta": {"result_count": 1}},
            "/users/2244994945$": {
                "data": {"id": "2244994945", "public_metrics": {"followers_count": 514020}}
            },
        },
        [
            own_post(OLD, text="menu", published_at="2021-02-23T18:07:07Z"),
            metric(OLD, "shares", 10),
            metric(OLD, "likes", 37),
            metric("2244994945", "followers", 514020, subject_kind="account"),
            mention(RETWEET["id"], author={"handle": "29757971"}),
        ],
    ),
    Shape(
        "an edit keeps the id and the time of what was edited",
        "x",
        {"posts": True},
        {"/search/recent": {"data": [EDITED], "meta": {"result_count": 1}}},
        [mention(OLD, text="menu baru", published_at="2021-02-23T18:07:07.278000Z")],
    ),
    Shape(
        "a retweet that a search brings though none was asked for",
        "x",
        {"posts": True},
        {"/search/recent": {"data": [PASSED_ON], "meta": {"result_count": 1}}},
        [mention(RETWEET["id"], text=RETWEET["text"], published_at="2022-02-22T04:31:34Z")],
    ),
]

CHANNEL = "UC" + "a" * 22


def thread(name: str, replies: int = 0, **snippet: Any) -> Mapping[str, Any]:
    told = {"textOriginal": "halo", "publishedAt": "2019-06-23T02:49:00.000Z", **snippet}
    top = {"id": name, "snippet": told}
    return {"id": name, "snippet": {"topLevelComment": top, "totalReplyCount": replies}}


LIVE = {
    "id": "v1",
    "snippet": {"publishedAt": "2026-01-01T00:00:00Z", "title": "t"},
    "liveStreamingDetails": {"activeLiveChatId": "c1"},
}
CHAT = {
    "id": "LCC.3",
    "snippet": {
        "type": "eventOfTheFuture",
        "publishedAt": "2026-01-01T00:03:00Z",
        "hasDisplayContent": True,
        "displayMessage": "sesuatu yang baru",
    },
    "authorDetails": {"channelId": "UCB", "displayName": "B"},
}
YOUTUBE = [
    Shape(
        "what was said of the channel itself, and replies that did not come with their thread",
        "youtube",
        {"channel": CHANNEL, "read": []},
        {
            "/commentThreads": {
                "items": [thread("A", channelId=CHANNEL), thread("B", 1, videoId="v")]
            },
            "/comments$": {
                "items": [{"id": "B.1", "snippet": {"textOriginal": "balas", "parentId": "B"}}]
            },
        },
        [
            mention("A", url=f"https://www.youtube.com/channel/{CHANNEL}/discussion?lc=A"),
            mention("B.1", text="balas", reply_to="B", root_id="v"),
        ],
    ),
    Shape(
        "who follows the channel, and events of a chat that are new",
        "youtube",
        {"channel": CHANNEL, "read": ["own_videos", "live"]},
        {
            "/channels": {
                "items": [
                    {"id": CHANNEL, "statistics": {"subscriberCount": "1927", "viewCount": "9"}}
                ]
            },
            "/playlistItems": {"items": [{"contentDetails": {"videoId": "v1"}}]},
            "/videos": {"items": [LIVE, {"id": "v2", "statistics": {"viewCount": "7"}}]},
            "/liveChat": {"items": [CHAT], "pollingIntervalMillis": 5000},
        },
        [
            metric(CHANNEL, "followers", 1927, subject_kind="account"),
            metric("v2", "views", 7),
            mention("LCC.3", text="sesuatu yang baru", author={"handle": "UCB", "name": "B"}),
        ],
    ),
]

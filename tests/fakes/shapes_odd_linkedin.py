"""More shapes of LinkedIn and TikTok: other types, other nesting, what is missing, empty pages
(see ``fakes.shapes``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fakes.shapes import AT, STAMP, UTC, Line, Shape, mention, metric, ok, own_post, without

SHARE = "urn:li:share:500"
LI = {"organization": "96"}
WROTE = {
    "id": "701",
    "object": SHARE,
    "actor": "urn:li:person:a",
    "commentUrn": f"urn:li:comment:({SHARE},701)",
    "created": {"time": STAMP * 1000, "actor": "urn:li:person:a"},
    "lastModified": {"time": STAMP * 1000},
    "message": {"text": "basi", "attributes": []},
}


def urn(number: int) -> str:
    return f"urn:li:comment:({SHARE},{number})"


def wrote(number: int, **told: Any) -> Mapping[str, Any]:
    return {**WROTE, "id": str(number), "commentUrn": urn(number), **told}


def below(name: str, *comments: Any, lines: Sequence[Line]) -> Shape:
    """Comments under an organization's post."""
    posts = {"elements": [{"id": SHARE, "commentary": "Menu", "publishedAt": STAMP * 1000}]}
    answers = {
        "/posts$": posts,
        "701.{0,9}/comments": {"elements": []},
        "/comments": {"elements": list(comments), "paging": {"start": 0, "count": 100}},
    }
    return Shape(name, "linkedin", LI, answers, lines)


LINKEDIN = [
    below(
        "ids as numbers, times as seconds, as text and with an offset",
        {**without(WROTE, "commentUrn"), "id": 701},
        wrote(702, created={"time": STAMP}),
        wrote(703, created={"time": str(STAMP * 1000)}),
        wrote(704, created=STAMP * 1000),
        {**without(wrote(705), "created"), "createdAt": AT},
        lines=[mention(urn(n), published_at=UTC, text="basi") for n in range(701, 706)],
    ),
    below(
        "words as text, in commentary, missing and null",
        wrote(701, message="basi"),
        {**without(wrote(702), "message"), "commentary": "basi sekali"},
        without(wrote(703), "message"),
        wrote(704, message=None),
        wrote(705, message={"text": None}),
        lines=[
            mention(urn(701), text="basi"),
            mention(urn(702), text="basi sekali"),
            *(mention(urn(n), text="", media="image") for n in (703, 704, 705)),
        ],
    ),
    below(
        "writers who are gone, decorated, told in created alone",
        {**without(wrote(701), "actor"), "created": {"time": STAMP * 1000}},
        wrote(702, actor=None, created={"time": STAMP * 1000}),
        {**without(wrote(703), "actor")},
        wrote(704, **{"actor~": {"localizedFirstName": "Sari", "localizedLastName": "D"}}),
        wrote(705, actor="urn:li:organization:96"),
        lines=[
            mention(urn(701), author=None),
            mention(urn(702), author=None),
            mention(urn(703), author={"handle": "urn:li:person:a"}),
            mention(urn(704), author={"handle": "urn:li:person:a", "name": "Sari D"}),
            mention(urn(705), own=True),
        ],
    ),
    below(
        "a parent with and without its prefix, null, and a picture",
        wrote(702, parentComment=urn(701)),
        wrote(703, parentComment="urn:li:comment:(share:500,701)"),
        wrote(704, parentComment=None),
        wrote(705, message={"text": ""}, content=[{"type": "IMAGE", "entity": {"image": "u"}}]),
        lines=[
            mention(urn(702), reply_to=urn(701), kind="reply"),
            mention(urn(703), reply_to=urn(701), kind="reply"),
            mention(urn(704), kind="comment", reply_to=SHARE),
            mention(urn(705), text="", media="image"),
        ],
    ),
    below(
        "counts under other names, as text, missing",
        wrote(
            701, likesSummary={"totalLikes": "3"}, commentsSummary={"totalFirstLevelComments": 0}
        ),
        wrote(702, likesSummary=None, commentsSummary=None),
        wrote(703, likesSummary={"aggregatedTotalLikes": 4, "selectedLikes": []}),
        lines=[
            mention(urn(701), likes=3, replies=0),
            mention(urn(702), likes=None),
            mention(urn(703), likes=4),
        ],
    ),
    below(
        "elements that are none, fields that nobody knows",
        None,
        7,
        {"id": "x"},
        wrote(701, edited=True, reactionsSummary={"x": 1}, agent="urn:li:person:z"),
        lines=[mention(urn(701), text="basi")],
    ),
    Shape(
        "posts without words, of a poll, of a job, with a title alone",
        "linkedin",
        LI,
        {
            "/posts$": {
                "elements": [
                    {"id": "urn:li:share:1", "createdAt": STAMP * 1000, "content": None},
                    {
                        "id": "urn:li:ugcPost:2",
                        "commentary": None,
                        "publishedAt": str(STAMP * 1000),
                    },
                    {
                        "id": "urn:li:share:3",
                        "content": {"article": {"title": "T"}},
                        "createdAt": AT,
                    },
                    {
                        "id": "urn:li:share:4",
                        "content": {"poll": {"question": "?"}},
                        "createdAt": STAMP,
                    },
                ]
            }
        },
        [
            own_post("urn:li:share:1", text="", published_at=UTC),
            own_post("urn:li:ugcPost:2", published_at=UTC),
            own_post("urn:li:share:3", kind="article", title="T"),
            own_post("urn:li:share:4", published_at=UTC),
        ],
    ),
    Shape(
        "followers and reach as text, and without a span",
        "linkedin",
        LI,
        {
            "networkSizes": {"firstDegreeSize": "219145"},
            "ShareStatistics": {
                "elements": [
                    None,
                    {
                        "organizationalEntity": "urn:li:organization:96",
                        "totalShareStatistics": {"impressionCount": 5, "engagement": 0.5, "x": {}},
                    },
                ],
                "paging": {"start": 0, "count": 10, "links": []},
            },
        },
        [
            metric("urn:li:organization:96", "followers", 219145),
            metric("urn:li:organization:96", "views", 5),
            metric("urn:li:organization:96", "engagement", 0.5, unit="share"),
        ],
    ),
]

TT = {"business": "b", "read": []}
VIDEO = {"item_id": "72", "create_time": str(STAMP), "caption": "Menu", "comments": 9}
TOLD = {"comment_id": "7", "text": "basi", "create_time": str(STAMP), "username": "sari"}


def on_video(name: str, *comments: Any, lines: Sequence[Line], **more: Any) -> Shape:
    """Comments under an own video."""
    answers = {
        "business/video/list": ok(videos=[VIDEO]),
        "comment/reply/list": ok(comments=[]),
        "business/comment/list": ok(comments=list(comments), **more),
    }
    return Shape(name, "tiktok", TT, answers, lines)


TIKTOK = [
    on_video(
        "ids as numbers, times in every form",
        {**TOLD, "comment_id": 7, "create_time": STAMP},
        {**TOLD, "comment_id": "8", "create_time": STAMP * 1000},
        {**TOLD, "comment_id": "9", "create_time": "2019-12-16 12:09:40"},
        {**TOLD, "comment_id": "10", "create_time": "2019-12-16T19:09:40+07:00"},
        lines=[mention(n, published_at=UTC) for n in ("7", "8", "9", "10")],
    ),
    on_video(
        "writers who are gone, by id, by a name to be shown",
        without(TOLD, "username"),
        {**TOLD, "comment_id": "8", "username": None, "user_id": 55},
        {**TOLD, "comment_id": "9", "username": "", "display_name": "Sari D"},
        {**without(TOLD, "username"), "comment_id": "10", "user": {"username": "budi"}},
        lines=[
            mention("7", author=None),
            mention("8", author={"handle": "55"}),
            mention("9", author={"handle": "Sari D"}),
            mention("10", author={"handle": "budi"}),
        ],
    ),
    on_video(
        "words that are missing, null, a picture or a sticker",
        without(TOLD, "text"),
        {**TOLD, "comment_id": "8", "text": None, "image_url": "https://p16.tiktokcdn.com/x"},
        {**TOLD, "comment_id": "9", "text": "", "sticker_id": "3"},
        {**without(TOLD, "text"), "comment_id": "10", "content": "enak"},
        lines=[
            mention("7", text="", media="image"),
            mention("8", text=""),
            mention("9", text=""),
            mention("10", text="enak"),
        ],
    ),
    on_video(
        "replies within, replies beside, a parent as null and as 0",
        {**TOLD, "replies": 1, "reply_list": [{**TOLD, "comment_id": "8"}]},
        {**TOLD, "comment_id": "9", "parent_comment_id": 7},
        {**TOLD, "comment_id": "10", "parent_comment_id": None, "reply_list": None},
        {**TOLD, "comment_id": "11", "parent_comment_id": "0"},
        lines=[
            mention("8", reply_to="7", kind="reply"),
            mention("9", reply_to="7", kind="reply"),
            mention("10", reply_to="72", kind="comment"),
            mention("11", kind="comment"),
        ],
    ),
    on_video(
        "counts as text, under other names, null",
        {**TOLD, "likes": "12", "replies": "0"},
        {**TOLD, "comment_id": "8", "likes": None, "like_count": 3},
        {**TOLD, "comment_id": "9", "digg_count": 4, "reply_comment_total": 0},
        lines=[mention("7", likes=12, replies=0), mention("8", likes=3), mention("9", likes=4)],
    ),
    on_video(
        "rows that are none, states and flags that nobody knows",
        None,
        "x",
        {"text": "tanpa id"},
        {**TOLD, "status": "HIDDEN", "pinned": True, "owner": False, "visibility": 3},
        lines=[mention("7", own=False)],
    ),
    Shape(
        "an empty page with a mark",
        "tiktok",
        TT,
        {
            "business/video/list": ok(videos=[VIDEO]),
            "business/comment/list": [
                ok(comments=[], cursor=30, has_more=True),
                ok(comments=[TOLD], cursor="60", has_more=False),
            ],
        },
        [mention("7", text="basi")],
    ),
    Shape(
        "videos without a caption, with numbers as text, with a title alone",
        "tiktok",
        TT,
        {
            "business/video/list": ok(
                videos=[
                    {"item_id": 73, "create_time": STAMP, "likes": "5", "video_views": None},
                    {
                        "item_id": "74",
                        "create_time": str(STAMP),
                        "caption": None,
                        "share_url": None,
                    },
                    {"item_id": "75", "create_time": STAMP, "title": "Menu baru", "comments": 0},
                ]
            ),
            "business/comment/list": ok(comments=None),
        },
        [
            own_post("73", text="", published_at=UTC),
            metric("73", "likes", 5),
            own_post("74", url=""),
            own_post("75", text="Menu baru"),
        ],
    ),
    Shape(
        "mentions by writers who are gone, of comments, with numbers as text",
        "tiktok",
        {"business": "b", "read": ["mentions", "comment_mentions"]},
        {
            "mention/video/list": ok(
                videos=[
                    {"item_id": 81, "create_time": STAMP, "caption": None, "views": "7"},
                    {"item_id": "82", "create_time": str(STAMP), "caption": "@senja", "likes": "1"},
                ]
            ),
            "mention/comment/list": ok(
                comments=[
                    {"comment_id": 91, "comment_text": "@senja", "comment_create_time": STAMP},
                    {
                        "comment_id": "92",
                        "text": "@senja",
                        "create_time": STAMP,
                        "username": "sari",
                    },
                    {"comment_id": "93", "comment_text": "x", "parent_comment_id": "91"},
                ]
            ),
        },
        [
            mention("81", text="", media="video", author=None, reach=7),
            mention("82", likes=1, published_at=UTC),
            mention("91", text="@senja", published_at=UTC),
            mention("92", text="@senja", author={"handle": "sari"}),
            mention("93", reply_to="91", kind="reply"),
        ],
    ),
]

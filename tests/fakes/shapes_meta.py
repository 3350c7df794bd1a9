"""Shapes of Facebook, Instagram and Threads (see ``fakes.shapes``)."""

from __future__ import annotations

from fakes.shapes import AT, Shape, mention, metric, own_post

UNDER = {"id": "1_3", "message": "di bawah", "created_time": AT, "from": {"id": "9", "name": "B"}}
FB_POSTS = {"data": [{"id": "1_1", "message": "Menu", "created_time": AT}]}
V1_POST = {
    "id": "1234",
    "from": {"name": "Sari", "id": "4132"},
    "message": "halo",
    "created_time": AT,
    "comments": {"data": [UNDER], "count": 3},
}
STORY = {
    "id": "9048",
    "message": "bagus",
    "start_time": AT,
    "from": {"name": "Sari", "id": "77"},
    "data": {"rating": {"value": 3, "scale": 5}, "review_text": "lumayan enak"},
    "comments": {"data": [UNDER]},
}
REVIEW = mention("9048", text="lumayan enak", published_at="2019-12-16T12:09:40Z")

FACEBOOK = [
    Shape(
        "replies within their comment",
        "facebook",
        {"page": "1", "read": []},
        {
            "/published_posts": FB_POSTS,
            "/comments": {
                "data": [
                    {
                        "id": "1_2",
                        "message": "atas",
                        "created_time": AT,
                        "comments": {"data": [UNDER]},
                    }
                ]
            },
        },
        [mention("1_3", reply_to="1_2", root_id="1_1", text="di bawah")],
    ),
    Shape(
        "comments within a post of others and of its own",
        "facebook",
        {"page": "1", "read": ["visitor_posts"]},
        {
            "/feed": {"data": [V1_POST]},
            "/published_posts": {"data": [{**V1_POST, "id": "1_5", "from": {"id": "1"}}]},
            "1_5/comments": {"data": []},
        },
        [mention("1234", replies=3), mention("1_3", text="di bawah")],
    ),
    Shape(
        "a review told in its story, and one that is its story",
        "facebook",
        {"page": "1", "read": ["reviews"]},
        {
            "/ratings": {
                "data": [
                    {"created_time": AT, "rating": 3, "open_graph_story": STORY},
                    {**STORY, "id": "9049"},
                ]
            }
        },
        [
            REVIEW,
            mention("9049", text="lumayan enak", url="https://www.facebook.com/9049"),
            mention("1_3", reply_to="9048"),
        ],
    ),
]

TAGGED = {
    "id": "180",
    "caption": "@kopisenja",
    "username": "sari",
    "timestamp": AT,
    "comments_count": 1,
    "comments": {
        "data": [
            {"id": "178", "text": "enak", "username": "budi", "timestamp": AT, "like_count": 2}
        ]
    },
}
INSTAGRAM = [
    Shape(
        "comments within a tag",
        "instagram",
        {"account": "17841", "read": ["tags"]},
        {"/tags$": {"data": [TAGGED]}},
        [mention("178", text="enak", reply_to="180", root_id="180", likes=2)],
    ),
    Shape(
        "comments within own media",
        "instagram",
        {"account": "17841", "read": []},
        {"/media$": {"data": [TAGGED]}},
        [own_post("180"), mention("178", text="enak", reply_to="180")],
    ),
    Shape(
        "a series of reach over two periods",
        "instagram",
        {"account": "17841", "read": ["metrics"]},
        {
            "/insights": {
                "data": [
                    {
                        "name": "reach",
                        "period": period,
                        "values": [
                            {"value": value, "end_time": "2019-12-20T08:00:00+0000"},
                            {"value": value + 1, "end_time": "2019-12-21T08:00:00+0000"},
                        ],
                    }
                    for period, value in (("day", 10), ("days_28", 200))
                ]
            }
        },
        [
            metric("17841", "reach", 10, measured_at="2019-12-20T08:00:00Z"),
            metric("17841", "reach", 11, measured_at="2019-12-21T08:00:00Z"),
            metric("17841", "reach_days_28", 201, measured_at="2019-12-21T08:00:00Z"),
        ],
    ),
]

ME = {"id": "1", "username": "kopisenja"}
THREAD = {"timestamp": AT, "owner": {"id": "55"}, "username": "sari", "shortcode": "abc"}
THREADS = [
    Shape(
        "long texts, wordless posts, no link, no name",
        "threads",
        {"read": ["mentions"]},
        {
            "/me$": ME,
            "/me/mentions": {
                "data": [
                    {
                        **THREAD,
                        "id": "1",
                        "text": "Baca",
                        "text_attachment": {"plaintext": "Panjang"},
                    },
                    {**THREAD, "id": "2", "text_attachment": {"plaintext": "Panjang"}},
                    {**THREAD, "id": "3", "media_type": "VIDEO"},
                    {**THREAD, "id": "4", "gif_url": "https://giphy.com/x"},
                    {"id": "5", "text": "x", "timestamp": AT, "owner": {"id": "55"}},
                ]
            },
        },
        [
            mention("1", text="Baca\n\nPanjang", url="https://www.threads.net/@sari/post/abc"),
            mention("2", text="Panjang"),
            mention("3", text="", media="video"),
            mention("4", text="", media="gif"),
            mention("5", author={"handle": "55"}),
        ],
    ),
]

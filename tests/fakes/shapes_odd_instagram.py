"""More shapes of Instagram and Threads: other types, other nesting, what is missing, empty pages
(see ``fakes.shapes``)."""

from __future__ import annotations

from typing import Any

from fakes.shapes import AT, STAMP, UTC, Line, Shape, mention, own_post, rows, without

IG = {"account": "17841", "read": []}
MEDIUM = {
    "id": "180",
    "caption": "Menu",
    "timestamp": AT,
    "permalink": "https://www.instagram.com/p/x/",
}
SAID = {"id": "178", "text": "basi", "timestamp": AT, "username": "budi"}


def under(name: str, comments: Any, *lines: Line) -> Shape:
    """Comments under the medium of an account."""
    answers = {"/media$": rows(MEDIUM), "180/comments": comments}
    return Shape(name, "instagram", IG, answers, lines)


INSTAGRAM = [
    under(
        "ids as numbers, times as seconds and with an offset",
        rows(
            {**SAID, "id": 178, "timestamp": STAMP, "like_count": "2"},
            {**SAID, "id": "179", "timestamp": "2019-12-16T19:09:40+0700"},
        ),
        mention("178", published_at=UTC, likes=2),
        mention("179", published_at=UTC),
    ),
    under(
        "writers who are gone, told by id, told as a user",
        rows(
            without(SAID, "username"),
            {**without(SAID, "username"), "id": "1", "from": {"id": "55"}},
            {**without(SAID, "username"), "id": "2", "user": {"id": "56", "username": "sari"}},
            {**SAID, "id": "3", "username": None, "from": None},
        ),
        mention("178", author=None),
        mention("1", author={"handle": "55"}),
        mention("2", author={"handle": "sari"}),
        mention("3", author=None),
    ),
    under(
        "replies as a list, as data, of replies, with a parent as an object",
        rows(
            {**SAID, "replies": [{**SAID, "id": "1"}]},
            {**SAID, "id": "5", "replies": rows({**SAID, "id": "6", "parent_id": 5})},
            {**SAID, "id": "7", "parent": {"id": "178"}},
            {**SAID, "id": "8", "replies": None},
        ),
        mention("1", reply_to="178", kind="reply"),
        mention("6", reply_to="5"),
        mention("7", reply_to="178", kind="reply"),
        mention("8", kind="comment"),
    ),
    under(
        "words that are missing, null or a GIF",
        rows(
            without(SAID, "text"),
            {**SAID, "id": "2", "text": None},
            {**SAID, "id": "3", "text": "", "hidden": True},
        ),
        mention("178", text="", media="other"),
        mention("2", text=""),
        mention("3", text=""),
    ),
    under(
        "an empty page with a next one",
        [
            {
                "data": [],
                "paging": {"cursors": {"after": "a"}, "next": "https://graph.facebook.com/x"},
            },
            {"data": [SAID]},
        ],
        mention("178"),
    ),
    under(
        "rows that are none beside one that is",
        {"data": [None, 1, "x", {"text": "tanpa id"}, SAID]},
        mention("178"),
    ),
    Shape(
        "media of every kind, without words, with an owner, of a collaborator",
        "instagram",
        IG,
        {
            "/media$": rows(
                {
                    "id": 1,
                    "media_type": "CAROUSEL_ALBUM",
                    "timestamp": AT,
                    "children": rows({"id": "9"}),
                },
                {"id": "2", "caption": None, "media_product_type": "REELS", "timestamp": STAMP},
                {"id": "3", "caption": "x", "owner": {"id": "17841"}, "shortcode": "B_x-1"},
                {
                    "id": "4",
                    "caption": "y",
                    "comments_count": "3",
                    "timestamp": AT,
                    "permalink": None,
                },
            ),
            "/comments": rows(),
        },
        [
            own_post("1", kind="image", text=""),
            own_post("2", kind="reel", published_at=UTC),
            own_post("3", text="x", url="https://www.instagram.com/p/B_x-1/"),
            own_post("4", url=""),
        ],
    ),
    Shape(
        "tags without a writer, without words, with an owner alone",
        "instagram",
        {"account": "17841", "read": ["tags"]},
        {
            "/tags$": rows(
                {"id": "1", "media_type": "VIDEO", "timestamp": AT, "owner": {"id": "77"}},
                {"id": "2", "caption": "@senja", "timestamp": "2019-12-16T12:09:40.000Z"},
                {"id": "3", "caption": "@senja", "timestamp": AT, "user": "78", "like_count": 0},
            )
        },
        [
            mention("1", text="", media="video", author={"handle": "77"}),
            mention("2", author=None, published_at=UTC),
            mention("3", author={"handle": "78"}, likes=0),
        ],
    ),
]

ME = {"id": "1", "username": "kopisenja"}
THREAD = {
    "id": "50",
    "text": "@kopisenja basi",
    "timestamp": AT,
    "username": "sari",
    "permalink": "https://www.threads.net/@sari/post/abc",
}


def naming(name: str, found: Any, *lines: Line) -> Shape:
    """Posts that mention the account."""
    return Shape(
        name, "threads", {"read": ["mentions"]}, {"/me$": ME, "/me/mentions": found}, lines
    )


def answering(name: str, found: Any, *lines: Line) -> Shape:
    """What stands under the account's own post."""
    answers = {"/me$": ME, "/me/threads": rows({**THREAD, "id": "9"}), "9/conversation": found}
    return Shape(name, "threads", {"read": ["own_posts"]}, answers, lines)


THREADS = [
    naming(
        "ids as numbers, times as seconds and with an offset",
        rows(
            {**THREAD, "id": 51, "timestamp": STAMP},
            {**THREAD, "timestamp": "2019-12-16T19:09:40+07:00"},
        ),
        mention("51", published_at=UTC),
        mention("50", published_at=UTC),
    ),
    naming(
        "writers who are gone or told by id",
        rows(
            without(THREAD, "username"),
            {**without(THREAD, "username"), "id": "2", "owner": {"id": 55}},
            {**THREAD, "id": "3", "username": None, "owner": "56"},
        ),
        mention("50", author=None),
        mention("2", author={"handle": "55"}),
        mention("3", author={"handle": "56"}),
    ),
    naming(
        "quotes and reposts",
        rows(
            {**THREAD, "is_quote_post": True, "quoted_post": {"id": "7"}},
            {
                **without(THREAD, "text"),
                "id": "2",
                "media_type": "REPOST_FACADE",
                "reposted_post": {"id": "7"},
            },
            {**THREAD, "id": "3", "quoted_post": None, "is_quote_post": False},
        ),
        mention("50", text="@kopisenja basi", kind="post"),
        mention("2", text=""),
        mention("3"),
    ),
    naming(
        "an attachment, a poll, a place, an alternative text",
        rows(
            {
                **without(THREAD, "text"),
                "media_type": "CAROUSEL_ALBUM",
                "children": rows({"id": "8"}),
            },
            {**THREAD, "id": "2", "poll_attachment": {"option_a": "ya", "total_votes": 5}},
            {**THREAD, "id": "3", "text": None, "media_type": "IMAGE", "alt_text": "kopi tumpah"},
            {**THREAD, "id": "4", "text_attachment": None, "location": {"name": "Bandung"}},
        ),
        mention("50", text="", media="image"),
        mention("2", text="@kopisenja basi"),
        mention("3", text="", media="image"),
        mention("4"),
    ),
    naming(
        "an empty page with a next one",
        [
            {
                "data": [],
                "paging": {"cursors": {"after": "a"}, "next": "https://graph.threads.net/x"},
            },
            {"data": [THREAD], "paging": {"cursors": {"after": "b"}}},
        ],
        mention("50"),
    ),
    naming("rows that are none", {"data": [None, 3, {"id": None}, THREAD]}, mention("50")),
    answering(
        "replies to replies, a root as an id, what is answered as an id",
        rows(
            {
                **THREAD,
                "id": "61",
                "replied_to": {"id": "9"},
                "root_post": {"id": "9"},
                "is_reply": True,
            },
            {**THREAD, "id": "62", "replied_to": {"id": 61}, "root_post": {"id": 9}},
            {**THREAD, "id": "63", "replied_to": "61", "root_post": "9"},
            {**THREAD, "id": "64", "replied_to": None, "root_post": None, "is_reply": True},
            {**THREAD, "id": "65", "permalink": None},
        ),
        mention("65", url=THREAD["permalink"]),
        mention("61", reply_to="9", root_id="9", kind="reply"),
        mention("62", reply_to="61", root_id="9"),
        mention("63", reply_to="61", root_id="9", kind="reply"),
        mention("64", reply_to="9", root_id="9", kind="reply"),
    ),
    answering(
        "own answers, by name and by flag; hidden ones",
        rows(
            {**THREAD, "id": "61", "username": "kopisenja"},
            {**without(THREAD, "username"), "id": "62", "is_reply_owned_by_me": True},
            {**THREAD, "id": "63", "hide_status": "HIDDEN"},
        ),
        mention("61", own=True),
        mention("62", own=True),
        mention("63", own=False),
    ),
]

"""More shapes of Facebook: other types, other nesting, what is missing, who is gone, pages
that are empty (see ``fakes.shapes``)."""

from __future__ import annotations

from typing import Any

from fakes.shapes import AT, STAMP, UTC, Line, Shape, mention, rows, without

POSTS = {"data": [{"id": "1_1", "message": "Menu", "created_time": AT}]}
WORDS = {"id": "1_2", "message": "basi", "created_time": AT, "from": {"id": "9", "name": "B"}}


def page_of(name: str, comments: Any, *lines: Line, posts: Any = POSTS) -> Shape:
    """Comments under the post of a Page."""
    answers = {"/published_posts": posts, "/comments": comments}
    return Shape(name, "facebook", {"page": "1", "read": []}, answers, lines)


EMPTY_THEN_MORE = [
    {"data": [], "paging": {"cursors": {"after": "a"}, "next": "https://graph.facebook.com/x"}},
    {"data": [WORDS], "paging": {"cursors": {"before": "b", "after": "c"}}},
]
FACEBOOK = [
    page_of(
        "ids and likes as numbers, times as seconds and with an offset",
        rows(
            {**WORDS, "id": 12, "created_time": STAMP, "like_count": "4"},
            {**WORDS, "id": "1_3", "created_time": "2019-12-16T19:09:40+07:00"},
            {**WORDS, "id": "1_4", "created_time": str(STAMP)},
        ),
        mention("12", published_at=UTC, likes=4),
        mention("1_3", published_at=UTC),
        mention("1_4", published_at=UTC),
    ),
    page_of(
        "writers who are gone, hidden or told by name alone",
        rows(
            without(WORDS, "from"),
            {**WORDS, "id": "1_3", "from": None},
            {**WORDS, "id": "1_4", "from": {"name": "Budi"}},
            {**WORDS, "id": "1_5", "from": "77"},
        ),
        mention("1_2", author=None),
        mention("1_3", author=None),
        mention("1_4", author={"handle": "Budi"}),
        mention("1_5", author={"handle": "77"}),
    ),
    page_of(
        "pictures, stickers and links without words",
        rows(
            {"id": "1_3", "message": "", "created_time": AT, "attachment": {"type": "sticker"}},
            {"id": "1_4", "created_time": AT, "attachment": {"type": "animated_image_share"}},
            {"id": "1_5", "message": None, "created_time": AT, "attachment": {"type": "photo"}},
            {"id": "1_6", "created_time": AT, "attachment": [{"type": "video_inline"}]},
            {"id": "1_7", "created_time": AT, "attachments": rows({"media_type": "photo"})},
        ),
        mention("1_3", text="", media="sticker"),
        mention("1_4", media="gif"),
        mention("1_5", media="image"),
        mention("1_6", media="video"),
        mention("1_7", media="image"),
    ),
    page_of(
        "a parent as an id, as null and as an object of its own",
        rows(
            {**WORDS, "id": "1_3", "parent": "1_2"},
            {**WORDS, "id": "1_4", "parent": None},
            {**WORDS, "id": "1_5", "parent": {"id": 12, "message": "atas"}},
            {**WORDS, "id": "1_6", "parent": {}},
        ),
        mention("1_3", reply_to="1_2", kind="reply"),
        mention("1_4", reply_to="1_1", kind="comment"),
        mention("1_5", reply_to="12", kind="reply"),
        mention("1_6", reply_to="1_1"),
    ),
    page_of("an empty page with a next one", EMPTY_THEN_MORE, mention("1_2", text="basi")),
    page_of(
        "counts as lists, summaries and nothing",
        rows(
            {**WORDS, "likes": {"data": [{"id": "5"}, {"id": "6"}]}, "comment_count": 0},
            {**WORDS, "id": "1_3", "reactions": {"summary": {"total_count": 8}, "data": []}},
            {**WORDS, "id": "1_4", "like_count": None, "comment_count": None},
            {**WORDS, "id": "1_5", "likes": 3},
        ),
        mention("1_2", likes=2, replies=0),
        mention("1_3", likes=8),
        mention("1_4", likes=None),
        mention("1_5", likes=3),
    ),
    page_of(
        "an answer within a reply within a comment",
        rows(
            {
                **WORDS,
                "comments": rows(
                    {**WORDS, "id": "1_3", "comments": rows({**WORDS, "id": "1_4", "from": None})}
                ),
            }
        ),
        mention("1_3", reply_to="1_2"),
        mention("1_4", reply_to="1_3", root_id="1_1"),
    ),
    page_of(
        "rows that are none beside one that is",
        {"data": [None, "x", 7, [], {"id": None, "message": "x"}, WORDS]},
        mention("1_2", text="basi"),
    ),
    page_of(
        "an edited comment with its tags, its shares and a relative link",
        rows(
            {
                **WORDS,
                "message_tags": [{"id": "1", "name": "Kopi Senja", "offset": 0, "length": 10}],
                "permalink_url": "/permalink.php?story_fbid=1&id=1&comment_id=2",
                "can_comment": True,
                "is_hidden": True,
                "user_likes": False,
            }
        ),
        mention("1_2", url="https://www.facebook.com/permalink.php?story_fbid=1&id=1&comment_id=2"),
    ),
    Shape(
        "a post shared by somebody, one without words, one of an unknown writer",
        "facebook",
        {"page": "1", "read": ["tagged", "visitor_posts"]},
        {
            "/tagged": rows(
                {
                    "id": "8_1",
                    "story": "Sari membagikan kiriman",
                    "created_time": AT,
                    "from": {"id": "8"},
                },
                {"id": "8_2", "tagged_time": AT, "attachments": rows({"media_type": "photo"})},
                {
                    "id": "8_3",
                    "message": "x",
                    "created_time": AT,
                    "from": {"id": 8, "name": "Sari"},
                },
            ),
            "/feed": rows(
                {"id": "1_9", "message": "halo", "created_time": AT, "to": rows({"id": "1"})}
            ),
        },
        [
            mention("8_1", text="Sari membagikan kiriman", author={"handle": "8"}),
            mention("8_2", text="", media="image", published_at=UTC),
            mention("8_3", author={"handle": "8", "name": "Sari"}),
            mention("1_9", text="halo", url="https://www.facebook.com/1_9"),
        ],
    ),
]

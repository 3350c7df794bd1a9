"""JSON as strangers bring it: each file says one thing, however it is written down."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.replayed import FB, IG, T0, X, mentions, told

ROW: dict[str, Any] = {
    "id": "abc",
    "created_at": "2026-03-02T07:01:00Z",
    "text": "kopi senja, basi",
    "username": "akun",
    "url": X,
}
OTHER = {**ROW, "id": "abd", "created_at": "2026-03-02T07:02:00Z", "text": "b"}
ONE, TWO = json.dumps(ROW), json.dumps(OTHER)
MONGO = [
    {**row, "_id": {"$oid": "o"}, "created_at": {"$date": row["created_at"]}}
    for row in (ROW, OTHER)
]
JSONS = {
    "commas too many": f"[{ONE},\n{TWO},\n]",
    "a comma behind each line": f"{ONE},\n{TWO},\n",
    "broken off": f'[{ONE},{TWO},{{"id": "abe", "text": "k',
    "one behind the other": ONE + TWO,
    "lists, a line each": f"[{ONE}]\n[{TWO}]\n",
    "objects of several lines": f"{json.dumps(ROW, indent=1)}\n{json.dumps(OTHER, indent=1)}",
    "NaN": f'{ONE[:-1]}, "likes": NaN}}\n{TWO[:-1]}, "likes": -Infinity}}\n',
    "half a character": json.dumps([{**ROW, "bio": "\ud83d"}, OTHER]),
    "Elasticsearch": json.dumps(
        {"hits": {"hits": [{"_id": "a", "_source": r} for r in (ROW, OTHER)]}}
    ),
    "MongoDB": "\n".join(map(json.dumps, MONGO)),
    "by column": json.dumps({n: {"0": ROW[n], "1": OTHER[n]} for n in ROW}),
    "split": json.dumps({"columns": list(ROW), "data": [[*ROW.values()], [*OTHER.values()]]}),
    "a table": json.dumps([list(ROW), [*ROW.values()], [*OTHER.values()]]),
    "by id": json.dumps({"abc": ROW, "abd": OTHER}),
    "pages": json.dumps([{"data": [ROW]}, {"data": [OTHER]}]),
    "in itself": json.dumps([ONE, TWO]),
    "a comment": f"// export\n[{ONE},{TWO}]",
    "a call": f"callback([{ONE},{TWO}]);",
    "a variable": f"var data = [{ONE},{TWO}];",
    "a month of an old archive": f"Grailbird.data.tweets_2026_03 = [{ONE},{TWO}]",
    "pages of comments": json.dumps({"comments": [ROW]}) + "\n" + json.dumps({"comments": [OTHER]}),
    "pages of hits": "".join(
        json.dumps({"hits": {"hits": [{"_id": "a", "_source": row}]}}) + "\n"
        for row in (ROW, OTHER)
    ),
    "a list of pages": json.dumps([{"items": [ROW]}, {"items": [OTHER]}]),
    "a list of lists": json.dumps([[ROW], [OTHER]]),
    "lists by day": json.dumps({"2026-03-02": [ROW], "2026-03-03": [OTHER]}),
    "by id, within": json.dumps({"tweets": {"abc": ROW, "abd": OTHER}, "meta": {"count": 2}}),
    "a list a column": json.dumps({name: [ROW[name], OTHER[name]] for name in ROW}),
    "in itself, a line each": json.dumps(ONE) + "\n" + json.dumps(TWO) + "\n",
    "one of several lists": json.dumps(
        {"likes": [{"date": "2026"}] * 5, "a": {"posts": [ROW, OTHER]}}
    ),
}


@pytest.mark.parametrize("kind", JSONS)
def test_json_is_read_with_what_its_writers_leave_in_it(tmp_path: Path, kind: str) -> None:
    first, second = mentions(tmp_path / "a.json", JSONS[kind])
    assert told(first) == (T0, "kopi senja, basi", "akun", "x", X)
    assert (second.published_at, second.text) == (T0 + timedelta(minutes=1), "b")


AT = {"timestamp": 1772434860}
OBJECTS: dict[str, tuple[Any, str, str]] = {
    "Facebook, comments": (
        {"comments_v2": [AT | {"data": [{"comment": AT | {"comment": "k", "author": "akun"}}]}]},
        "facebook",
        "akun",
    ),
    "Facebook, posts": ([AT | {"data": [{"post": "k"}], "title": "akun updated"}], "facebook", ""),
    "Instagram, comments": (
        [
            {
                "string_map_data": {
                    "Comment": {"value": "k"},
                    "Media Owner": {"value": "b"},
                    "Time": AT,
                }
            }
        ],
        "instagram",
        "",
    ),
    "TikTok": (
        {
            "Activity": {"Likes": {"List": [{"Date": "2026-03-01 01:00:00", "Link": "l"}] * 3}},
            "Comment": {"L": [{"date": "2026-03-02 07:01:00", "comment": "k", "photo": "N/A"}]},
        },
        "tiktok",
        "",
    ),
    "YouTube API": (
        {
            "items": [
                {
                    "id": "a",
                    "snippet": {
                        "topLevelComment": {
                            "snippet": {
                                "textDisplay": "k",
                                "authorDisplayName": "akun",
                                "publishedAt": "2026-03-02T07:01:00Z",
                            }
                        }
                    },
                }
            ]
        },
        "youtube",
        "akun",
    ),
    "Apify, Facebook posts": (
        [
            AT
            | {"url": FB, "time": "2026-03-02T07:01:00.000Z", "text": "k", "user": {"name": "akun"}}
        ],
        "facebook",
        "akun",
    ),
    "Apify, Instagram posts": (
        [
            {
                "caption": "k",
                "url": IG,
                "latestComments": [{"text": "no", "timestamp": "2026-03-02T08:00:00Z"}],
                "timestamp": "2026-03-02T07:01:00.000Z",
                "ownerUsername": "akun",
            }
        ],
        "instagram",
        "akun",
    ),
    "Apify, X": (
        [
            {
                "text": "k…",
                "fullText": "k",
                "url": X,
                "createdAt": "Mon Mar 02 07:01:00 +0000 2026",
                "author": {"userName": "akun", "name": "N", "createdAt": "2012-01-01T00:00:00Z"},
            }
        ],
        "x",
        "akun",
    ),
    "Apify, reviews": (
        [
            {
                "name": "akun",
                "text": "k",
                "publishAt": "2 months ago",
                "publishedAtDate": "2026-03-02T07:01Z",
            }
        ],
        "file",
        "akun",
    ),
    "snscrape": (
        [
            {
                "url": X,
                "date": "2026-03-02T07:01:00+00:00",
                "rawContent": "k",
                "user": {"username": "akun", "created": "2012-01-01T00:00:00+00:00"},
            }
        ],
        "x",
        "akun",
    ),
}


@pytest.mark.parametrize("around", [{}, {"date": "2026-03-09"}, {"next": {"page": 2}}])
def test_pages_of_an_api_a_line_each_lose_no_row(tmp_path: Path, around: dict[str, Any]) -> None:
    rows = [
        {**ROW, "id": str(n), "created_at": f"2026-03-02T07:0{n}:00Z", "text": f"kopi {n}"}
        for n in range(6)
    ]
    for holder in (rows[:2], rows[2:4]), (rows[:3], rows[3:]):
        pages = [{**around, "response": {"items": page}} for page in holder]
        content = "".join(json.dumps(page) + "\n" for page in pages)
        said = [m.text for m in mentions(tmp_path / "a.jsonl", content)]
        assert said == [row["text"] for page in holder for row in page]


def test_a_list_named_after_a_platform_says_the_platform(tmp_path: Path) -> None:
    rows = [{name: row[name] for name in ("created_at", "text")} for row in (ROW, OTHER)]
    content = json.dumps({"twitter": rows[:1], "instagram": rows[1:]})
    assert [m.platform for m in mentions(tmp_path / "a.json", content)] == ["x", "instagram"]


@pytest.mark.parametrize("rows", [1, 2])
def test_posts_as_x_streams_them_are_read_with_their_authors(tmp_path: Path, rows: int) -> None:
    lines = [
        json.dumps(
            {
                "data": {**row, "id": name, "author_id": "9", "username": None},
                "includes": {"users": [{"id": "9", "username": "akun"}]},
            }
        )
        .replace('"username": null, ', "")
        .replace(', "username": null', "")
        for name, row in zip(("1", "2"), (ROW, OTHER), strict=True)
    ]
    found = mentions(tmp_path / "a.jsonl", "\n".join(lines[:rows]))
    assert [told(m)[1:4] for m in found] == [
        (row["text"], "akun", "x") for row in (ROW, OTHER)[:rows]
    ]


@pytest.mark.parametrize("kind", OBJECTS)
def test_values_within_objects_are_found(tmp_path: Path, kind: str) -> None:
    value, platform, author = OBJECTS[kind]
    (mention,) = mentions(tmp_path / "a.json", json.dumps(value))
    assert told(mention)[:4] == (T0, "k", author, platform)

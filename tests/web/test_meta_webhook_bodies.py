"""Bodies of Meta's webhooks in many shapes: batches, mixed ones, tests, edits, what is hidden, what
nobody knows. From the documentation and SDKs' fixtures, unproven."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.base import Hook
from connectors.facebook.hooks import heard
from connectors.kit.meta.graph import Gone, Graph
from connectors.kit.meta.hooks import understood

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AT = int(NOW.timestamp()) - 180
PAGE, IG = "1001", "17841400000000001"
MENTION = {"item": "comment", "verb": "add", "comment_id": "7_1", "post_id": "7_0"}


def entry(account: Any, *changes: Any, **more: Any) -> dict[str, Any]:
    return {"id": account, "time": AT, "changes": list(changes), **more}


def change(field: str, **value: Any) -> dict[str, Any]:
    return {"field": field, "value": value}


def read(body: Any) -> list[Hook]:
    return understood(json.dumps(body).encode(), NOW)


def page(*entries: Any, **more: Any) -> dict[str, Any]:
    return {"object": "page", "entry": list(entries), **more}


def test_a_batch_of_several_accounts_and_changes_is_read_whole() -> None:
    told = read(
        page(
            entry(PAGE, change("mention", **MENTION), change("feed", item="like", verb="add")),
            entry("1002", change("mention", **MENTION, message="senja")),
            entry(
                PAGE,
                change("feed", item="post", verb="remove", post_id="7_0"),
                change("mention", **MENTION | {"comment_id": "7_2"}),
            ),
        )
    )
    assert [(h.account, h.field) for h in told] == [
        (PAGE, "mention"),
        ("1002", "mention"),
        (PAGE, "feed"),
        (PAGE, "mention"),
    ]
    assert len({h.key for h in told}) == 4


def test_a_thousand_in_one_delivery_are_kept_each_under_a_key_of_its_own() -> None:
    changes = [change("mention", **MENTION | {"comment_id": f"7_{n}"}) for n in range(1000)]
    told = read(page(*(entry(PAGE, *changes[n : n + 100]) for n in range(0, 1000, 100))))
    assert len({h.key for h in told}) == 1000


def test_what_is_delivered_again_has_the_same_key_whatever_else_the_body_says() -> None:
    (first,) = read(page(entry(PAGE, change("mention", **MENTION))))
    again = page(
        {
            "changed_fields": [],
            **entry(PAGE, {"value": {**dict(reversed(MENTION.items()))}, "field": "mention"}),
        },
        entry(PAGE, change("feed", item="share", verb="add")),
        hub={"x": 1},
    )
    (second,) = read(again)
    assert first.key == second.key
    (other,) = read(page({**entry(PAGE, change("mention", **MENTION)), "time": AT + 1}))
    assert other.key != first.key, "told at another time it is another one"


@pytest.mark.parametrize(
    "broken",
    [
        None,
        7,
        "x",
        [],
        {},
        {"id": PAGE},
        {"id": PAGE, "changes": {}},
        {"id": PAGE, "changes": [None, 7, "x", [], {}, {"field": "mention"}]},
        {"id": PAGE, "changes": [{"field": "mention", "value": "x"}]},
        {"id": PAGE, "changes": [{"field": None, "value": {}}]},
        {"id": PAGE, "messaging": [{"sender": {"id": "1"}, "message": {"text": "halo"}}]},
        {"id": PAGE, "standby": [{}], "time": "x"},
    ],
)
def test_an_entry_that_is_none_costs_no_other(broken: Any) -> None:
    (told,) = read(page(broken, entry(PAGE, change("mention", **MENTION))))
    assert told.value["comment_id"] == "7_1"


def test_times_and_ids_come_in_every_form() -> None:
    told_as: list[Any] = [AT, str(AT), AT * 1000]
    told_as += ["2026-03-02T11:57:00+0000", "2026-03-02T18:57:00+07:00"]
    for time in told_as:
        (told,) = read(page({**entry(int(PAGE), change("mention", **MENTION)), "time": time}))
        assert (told.account, told.at) == (PAGE, NOW - timedelta(minutes=3)), time
    unreadable: list[Any] = [None, "", "kemarin", {}]
    for time in unreadable:
        (told,) = read(page({**entry(PAGE, change("mention", **MENTION)), "time": time}))
        assert told.at == NOW


@pytest.mark.parametrize("field", ["mentions", "mention", "feed", "live_comments", "comments"])
@pytest.mark.parametrize("object", ["page", "instagram"])
def test_the_button_that_sends_a_test_is_answered(field: str, object: str) -> None:
    """The App Dashboard's *Test* sends its sample to account 0."""
    sample = {"media_id": "17887498072083520", "comment_id": "17887498072083520"}
    told = read({"object": object, "entry": [entry("0", change(field, **sample))]})
    assert {h.account for h in told} <= {"0"}


@pytest.mark.parametrize(
    "body",
    [
        {"field": "mentions", "value": {"media_id": "1"}},
        {"sample": {"field": "mentions", "value": {"media_id": "1"}}},
        {"object": "user", "entry": [{"id": "1", "changed_fields": ["photos"]}]},
        {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": []}]},
        {"object": "page", "entry": []},
        {"object": "instagram", "entry": [{"id": "0", "time": AT, "changes": []}]},
        {"object": "permissions", "entry": [{"id": "1"}]},
    ],
)
def test_what_is_metas_and_none_of_ours_is_taken_and_forgotten(body: Any) -> None:
    assert read(body) == []


def told_of(**value: Any) -> tuple[list[str], list[tuple[str, str, str]]]:
    """What a webhook of a Page brings where nothing can be looked up."""
    (hook,) = read(page(entry(PAGE, change("mention", **value))))
    graph = Graph("Facebook", "http://127.0.0.1:1", "v26.0", {"token": "t"}, NOW)
    graph.get = _not_shown  # type: ignore[method-assign]
    pages = list(heard(graph, [hook], PAGE))
    removed = [(r.external_id, str(r.kind), r.text) for p in pages for r in p.removals]
    return [m.text for p in pages for m in p.mentions], removed


def _not_shown(*_: Any, **__: Any) -> Any:
    raise Gone("not shown.")


def test_an_edited_mention_is_read_again() -> None:
    texts, removed = told_of(**MENTION | {"verb": "edited", "message": "senja basi sekali"})
    assert removed == [("7_1", "edited", "senja basi sekali")]
    assert texts == ["senja basi sekali"], "where it was not heard of before, it is new"


@pytest.mark.parametrize("verb", ["hide", "unhide", "mute", "block", "follow"])
def test_what_the_page_does_with_a_mention_takes_no_words_away(verb: str) -> None:
    texts, removed = told_of(**MENTION | {"verb": verb})
    assert (texts, removed) == ([], [])


def test_a_mention_with_a_picture_alone_is_one() -> None:
    photo = {"photo": "https://scontent.xx.fbcdn.net/x.jpg", "item": "photo", "post_id": "7_0"}
    texts, _ = told_of(verb="add", **photo)
    assert texts == [""]
    texts, _ = told_of(verb="add", item="video", video_id="5", post_id="7_0", message="senja")
    assert texts == ["senja"]

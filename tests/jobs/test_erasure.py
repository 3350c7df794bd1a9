"""What has to be erased goes everywhere: from the store, from what waits, from what was posted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from fakes.crisis import BRAND, NOON, detected, loud, minutes, outbox, root_notice, watching
from fakes.weeks import WEEK
from sqlalchemy import select

from alerting.channels.base import Delivery
from alerting.channels.email.digest import notice
from alerting.channels.email.text import html_body, text_body
from alerting.channels.testing import SAMPLE
from alerting.messages.codec import pack, unpack
from alerting.model import Quote
from monitor.app import App
from monitor.jobs.respond.act import Action, act
from monitor.jobs.respond.respond import respond
from monitor.jobs.upkeep import erasure
from monitor.jobs.upkeep.erasure import Demand, carry_out, unquote_erased
from monitor.jobs.upkeep.retention import prune
from monitor.jobs.views.export import exported
from monitor.model import Author, Language, Mention, Reading, Removal, Sentiment
from monitor.store.mentions import store_readings
from monitor.store.outbox.quotes import unquote
from monitor.store.outbox.write import desire, enqueue
from monitor.store.removals import apply_edits, apply_removals, find_edited
from monitor.store.tables.listening import AuthorRow, CorrectionRow, MentionRow
from monitor.store.tables.responding import NotificationRow

WORDS = ("Perutku sakit sekali", "Boikot mereka semua", "Kapok belanja lagi di sana")


def said(n: int) -> Reading:
    mention = Mention(
        "x",
        f"m{n}",
        minutes(1 + n),
        WORDS[n],
        Author(f"penulis{n}", f"Nama {n}"),
        url=f"https://x.example/{n}",
    )
    return Reading(mention, BRAND.slug, (), Language.INDONESIAN, Sentiment(0.9, 0.1, 0.0), "test")


def in_a_crisis(url: str) -> App:
    """A card has been promised that quotes three mentions, each by an author of its own."""
    app = watching(url)
    with app.db.write() as tx:
        store_readings(tx, [said(n) for n in range(3)], NOON, {})
    detected(app, loud())
    respond(app, BRAND.slug, minutes(6))
    assert len(root_notice(app).quotes) == 3
    return app


def removed(app: App, *numbers: int) -> None:
    with app.db.write() as tx:
        apply_removals(tx, [Removal("x", f"m{n}", "deleted", NOON) for n in numbers])


def everything(app: App) -> str:
    """All that is kept of texts and authors, as one text."""
    with app.db.read() as tx:
        rows: list[Any] = []
        for table in (MentionRow, AuthorRow, CorrectionRow, NotificationRow):
            rows += [tuple(row) for row in tx.execute(select(*table.__table__.columns))]
    return json.dumps(rows, default=str, ensure_ascii=False)


def test_a_removal_reaches_what_waits_to_be_sent(database_url):
    app = in_a_crisis(database_url)
    removed(app, 0)
    kept = everything(app)
    assert WORDS[0] not in kept
    assert "penulis0" not in kept
    assert WORDS[1] in kept
    assert {quote.mention for quote in root_notice(app).quotes} == {"x:m1", "x:m2"}
    app.db.close()


def test_what_was_edited_meanwhile_is_still_the_same_promise(database_url):
    app = in_a_crisis(database_url)
    [hash_before] = [row.payload_hash for row in outbox(app)]
    removed(app, 0, 1, 2)
    assert [row.payload_hash for row in outbox(app)] == [hash_before]
    assert root_notice(app).quotes == ()
    app.db.close()


def test_a_card_worded_just_before_is_mended_by_upkeep(database_url):
    app = in_a_crisis(database_url)
    late = replace(root_notice(app), summary="worded from what was read before the removal")
    removed(app, 0)
    with app.db.write() as tx:
        desire(tx, "i1:root", pack(late))
    assert WORDS[0] in everything(app)
    assert unquote_erased(app, minutes(10)) == 1
    assert WORDS[0] not in everything(app)
    assert unquote_erased(app, minutes(10)) == 0
    app.db.close()


def test_where_nothing_was_erased_lately_upkeep_reads_no_messages(tmp_path, monkeypatch):
    app = in_a_crisis(f"sqlite:///{tmp_path / 'siaga.db'}")
    unquote_erased(app, minutes(0))  # once after an update: what was before is not known
    read = []

    def quoted(_tx, since):
        read.append(since)
        return []

    monkeypatch.setattr(erasure, "quoted_since", quoted)
    unquote_erased(app, minutes(90))
    assert not read
    removed(app, 0)
    unquote_erased(app, minutes(91))
    unquote_erased(app, minutes(120))
    assert len(read) == 2, "an erasure is looked after for an hour"
    unquote_erased(app, minutes(152))
    assert len(read) == 2
    app.db.close()


def test_what_waits_to_be_sent_quotes_an_edited_post_as_it_is_now(database_url):
    app = in_a_crisis(database_url)
    with app.db.write() as tx:
        edits = find_edited(tx, [Removal("x", "m0", "edited", NOON, text="Maaf, sudah sembuh")])
        apply_edits(tx, edits, {})
    assert {quote.text for quote in root_notice(app).quotes} == {
        "Maaf, sudah sembuh",
        WORDS[1],
        WORDS[2],
    }
    app.db.close()


def test_a_digest_that_waits_goes_out_without_what_was_removed_meanwhile(database_url):
    app = in_a_crisis(database_url)
    hostile = 'Sakit "perut" <b>sekali</b>, it\'s & more'
    quotes = (
        Quote(hostile, url="https://x.example/0", mention="x:m0", platform="x"),
        Quote("Boikot saja", url="https://x.example/1", mention="x:m1", platform="x"),
    )
    mail = notice(replace(WEEK, quotes=quotes))
    assert hostile in mail.summary
    with app.db.write() as tx:
        enqueue(
            tx,
            key="digest:kopi-senja:2026-W11:a@b.example",
            channel="email",
            destination="a@b.example",
            payload=pack(mail),
            severity="SEV4",
            created_at=NOON,
            due_at=NOON,
        )
    removed(app, 0)
    [row] = [row for row in outbox(app) if row.channel == "email"]
    sent = Delivery(row.delivery_key, row.destination, unpack(row.desired or {}))
    for body in (text_body(sent), html_body(sent)):
        assert "Boikot saja" in body
        assert "x.example/1" in body
        assert "perut" not in body
        assert "x.example/0" not in body
    app.db.close()


def test_a_posted_card_loses_the_quote_by_one_update(post):
    words = Quote("Perutku sakit", "penulis0", mention="x:m0", platform="x")
    other = Quote("Boikot saja", "penulis1", mention="x:m1", platform="x")
    post.promise(notice=replace(SAMPLE, quotes=(words, other)))
    post.drain()
    assert "Perutku sakit" in json.dumps(post.room.messages())
    with post.db.write() as tx:
        store_readings(tx, [said(0)], NOON, {})
        apply_removals(tx, [Removal("x", "m0", "deleted", NOON)])
    post.drain()
    [message] = post.room.messages()
    shown = json.dumps(message)
    assert "Perutku sakit" not in shown
    assert "penulis0" not in shown
    assert "Boikot saja" in shown
    assert post.row().applied_rev == post.row().desired_rev == 1


def test_a_card_that_is_gone_is_not_posted_again_only_to_lose_a_quote(post):
    post.promise(notice=replace(SAMPLE, quotes=(Quote("Perutku sakit", mention="x:m0"),)))
    post.drain()
    post.room.client.chat_delete(channel=post.room.id, ts=post.row().receipt["ts"])
    with post.db.write() as tx:
        unquote(tx, [("x", "m0")])
    post.drain()
    assert post.room.messages() == []
    assert post.states() == {"i1:root": "sent"}


def test_a_person_s_demand_takes_all_that_an_author_wrote_also_under_a_legal_hold(database_url):
    app = in_a_crisis(database_url)
    held = Action("hold", "Sari", 1, reason="a claim is expected", duration=timedelta(days=365))
    assert act(app, held, minutes(7)).done
    demand = Demand("Sari", "their letter of today", authors=[("x", "@Penulis1")])
    assert carry_out(app, demand) == 1
    assert carry_out(app, demand) == 0
    kept = everything(app)
    assert WORDS[1] not in kept
    assert "penulis1" not in kept
    found = exported(app, 1, minutes(9))
    assert found is not None
    assert [piece.text for piece in found.evidence] == [WORDS[0], WORDS[2]]
    app.db.close()


def test_a_legal_hold_keeps_what_was_said_until_it_ends(database_url):
    app = in_a_crisis(database_url)
    year = timedelta(days=365)
    held = Action("hold", "Sari", 1, reason="a claim is expected", duration=year)
    assert act(app, held, minutes(7)).done
    with app.db.write() as tx:
        before = replace(said(0).mention, external_id="old", published_at=minutes(-60))
        store_readings(tx, [replace(said(0), mention=before)], NOON, {})
    assert prune(app, NOON + 0.5 * year).mentions == 1  # what was said before it began
    assert prune(app, NOON + year + timedelta(days=1)).mentions == 3
    app.db.close()


def test_a_released_hold_holds_nothing_and_a_hold_takes_a_reason(database_url):
    app = in_a_crisis(database_url)
    day = timedelta(days=1)
    refused = act(app, Action("hold", "Sari", 1, duration=day), minutes(7))
    assert (refused.done, refused.answer) == (False, "A legal hold takes a reason.")
    assert act(app, Action("release", "Sari", 1), minutes(7)).answer == "It is not held."
    long = Action("hold", "Sari", 1, reason="a claim", duration=900 * day)
    assert act(app, long, minutes(7)).done
    assert act(app, Action("release", "Budi", 1, reason="settled"), minutes(8)).done
    assert prune(app, NOON + 200 * day).mentions == 3
    found = exported(app, 1, minutes(9))
    assert found is not None
    assert [(one.reason, one.who) for one in found.timeline][-2:] == [
        ("held", "Sari"),
        ("released", "Budi"),
    ]
    app.db.close()

"""A delivery key belongs to one installation: two that share a bot and a channel, or a database and
its restored copy, never take each other's messages for their own."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.crisis import BRAND, NOON, outbox, watching
from fakes.post import QUIET, Post
from sqlalchemy import text

from alerting.channels.email.channel import compose
from alerting.channels.testing import SAMPLE
from alerting.messages.codec import pack, unpack
from monitor.jobs.copied import tell_copied
from monitor.jobs.deliver.deliver import look_up_before_sending
from monitor.jobs.deliver.outcomes import delivery_of
from monitor.jobs.upkeep.clock import ClockGuard
from monitor.jobs.views.overview import overview
from monitor.jobs.views.troubles import advice
from monitor.store.engine import Database
from monitor.store.installation import installation, settle
from monitor.store.outbox import queue
from monitor.store.outbox.limits import Limits
from monitor.store.outbox.write import desire
from monitor.store.schema import prepare

OURS, THEIRS = (replace(SAMPLE, headline=f"SEV2 · {name}: loud") for name in ("Kopi", "Teh"))


@pytest.fixture
def installed(tmp_path, slack_proxy, room):
    """Makes an installation on the database of that name, with the same bot and channel."""
    opened = []

    def make(name):
        db = Database(f"sqlite:///{tmp_path / name}.db")
        prepare(db)
        opened.append(db)
        return Post(db, slack_proxy, room, io.StringIO())

    yield make
    for db in opened:
        db.close()


def name_of(post):
    with post.db.read() as tx:
        return installation(tx)


def headlines(post):
    return sorted(message["text"].partition("\n")[0] for message in post.room.messages())


def lost_on_its_way(post, notice):
    """Its first post was lost, and it looks for what became of it."""
    post.promise(notice=notice)
    post.proxy.fault("drop_before")
    post.turn()
    post.turn(QUIET + 1)
    post.drain()


def test_two_installations_with_one_bot_in_one_channel_each_post_their_first_crisis(installed):
    ours, theirs = installed("ours"), installed("theirs")
    ours.promise(notice=OURS)
    ours.drain()
    lost_on_its_way(theirs, THEIRS)
    assert headlines(ours) == [OURS.headline, THEIRS.headline]


def test_neither_takes_the_others_message_for_a_second_copy(installed):
    ours, theirs = installed("ours"), installed("theirs")
    ours.promise(notice=OURS)
    ours.drain()
    lost_on_its_way(theirs, THEIRS)
    for post in (ours, theirs):
        post.turn(240)
    assert headlines(ours) == [OURS.headline, THEIRS.headline]


def test_two_mails_of_two_installations_have_ids_of_their_own(installed):
    ids = set()
    for name in ("ours", "theirs"):
        post = installed(name)
        post.promise("digest:kopi:2026-W10:abc", channel="email", destination="rina@example.com")
        with post.db.write() as tx:
            lease = queue.lease(tx, post.clock(), {"email": Limits(0, 45)})
        assert lease
        ids.add(compose(delivery_of(lease), "Siaga <siaga@example.com>")["Message-ID"])
    assert len(ids) == 2


def copied(tmp_path, post, to):
    """A copy of the installation's database, made while it stands still."""
    with post.db.write() as tx:
        tx.execute(text("select 1"))
    post.db.close()
    shutil.copy(tmp_path / f"{to.partition('>')[0]}.db", tmp_path / f"{to.partition('>')[2]}.db")


def lived(post, minutes=0):
    """Its daemon has written something down since."""
    ClockGuard().look(post.app, post.clock() + timedelta(minutes=minutes), {})


def test_a_daemon_that_starts_again_goes_on_under_the_same_name(installed):
    post = installed("ours")
    assert not settle(post.db)
    lived(post)
    before = name_of(post)
    assert not settle(post.db)
    assert name_of(post) == before != ""


def test_a_copy_in_another_place_has_a_name_of_its_own(installed, tmp_path):
    post = installed("ours")
    settle(post.db)
    lived(post)
    before = name_of(post)
    copied(tmp_path, post, "ours>elsewhere")
    copy = installed("elsewhere")
    assert settle(copy.db)
    assert name_of(copy) != before


def test_an_older_copy_that_is_put_back_has_a_name_of_its_own(installed, tmp_path):
    post = installed("ours")
    settle(post.db)
    lived(post)
    before = name_of(post)
    copied(tmp_path, post, "ours>backup")
    post = installed("ours")
    lived(post, minutes=60)
    post.db.close()
    (tmp_path / "ours.db").write_bytes((tmp_path / "backup.db").read_bytes())  # the same file
    for leftover in tmp_path.glob("ours.db-*"):
        leftover.unlink()
    restored = installed("ours")
    assert settle(restored.db)
    assert name_of(restored) != before


def test_what_the_copied_database_had_posted_is_still_its_own(installed, tmp_path):
    post = installed("ours")
    settle(post.db)
    post.promise(notice=OURS)
    post.proxy.fault("drop_after")  # posted, but nobody has heard of it
    post.turn()
    lived(post)
    copied(tmp_path, post, "ours>elsewhere")
    copy = installed("elsewhere")
    settle(copy.db)
    copy.clock = post.clock
    copy.turn(QUIET + 1)
    copy.drain()
    with copy.db.write() as tx:
        desire(tx, "i1:root", pack(replace(OURS, headline="SEV2 · Kopi: over")))
    copy.drain()
    assert headlines(copy) == ["SEV2 · Kopi: over"]


def shown(app, now):
    """What the page and ``siaga status`` say of a copy."""
    return [one for one in advice(overview(app, now, now)) if "on a copy of its database" in one]


def test_people_are_told_once_that_a_copy_has_begun(tmp_path):
    """The original may still run: every incident would come twice."""
    app = watching(f"sqlite:///{tmp_path / 'siaga.db'}")
    assert shown(app, NOON) == []
    assert tell_copied(app, NOON)
    assert not tell_copied(app, NOON)
    (told,) = outbox(app)
    assert unpack(told.payload).headline == "Siaga has begun on a copy of its database"
    assert len(shown(app, NOON + timedelta(hours=23))) == 1
    assert shown(app, NOON + timedelta(hours=25)) == []
    shadow = BRAND.model_copy(update={"mode": "shadow"})
    assert not tell_copied(replace(app, brands={shadow.slug: shadow}), NOON)
    app.db.close()


@pytest.mark.parametrize("sent_since", [True, False])
def test_what_a_copy_has_still_to_send_is_looked_up_first(installed, tmp_path, sent_since):
    """A backup that is put back: the card was waiting in it, and is out since."""
    post = installed("ours")
    settle(post.db)
    post.promise(notice=OURS)
    lived(post)
    copied(tmp_path, post, "ours>backup")
    if sent_since:
        post = installed("ours")
        post.drain()
        post.db.close()
    copy = installed("backup")
    assert settle(copy.db)
    copy.clock = post.clock
    look_up_before_sending(copy.app, copy.clock())
    copy.drain()
    assert headlines(copy) == [OURS.headline]
    assert copy.states() == {"i1:root": "sent"}


def test_a_database_on_a_server_goes_on_under_the_same_name(postgres_url):
    db = Database(postgres_url)
    prepare(db)
    assert not settle(db)
    with db.read() as tx:
        before = installation(tx)
    assert not settle(db)
    with db.write() as tx:
        tx.execute(text("update installation set marker = 'server 1/1 database 1'"))
    assert settle(db)
    with db.read() as tx:
        assert installation(tx) != before
    db.close()

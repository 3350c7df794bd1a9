"""Retention: texts and authors go, what was counted stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.lines import INFO, T0, Script, clock_of, make_app, mention, poll_due
from sqlalchemy import select

from connectors.base import Page
from monitor.jobs.upkeep import retention as job
from monitor.jobs.upkeep.retention import kept_for, prune
from monitor.model import ALL, BUCKET, Metric, OwnPost, Standing
from monitor.settings.model import RetentionSettings
from monitor.store.mentions import evidence
from monitor.store.own_content import metrics, own_posts, standings
from monitor.store.series import series
from monitor.store.tables.listening import AuthorRow, MentionRow, ReadingRow

DAY = timedelta(days=1)


def test_texts_and_authors_go_by_platform_and_what_was_counted_stays(database_url, monkeypatch):
    monkeypatch.setattr(job, "BATCH", 2)
    mentions = [mention(n, T0, title="t", url="https://x.example/1") for n in range(5)]
    mentions += [
        mention("r", T0, platform="rss"),
        mention("young", T0 + 25 * DAY),
        mention("again", T0 + 25 * DAY, author=mentions[0].author),
    ]
    script = Script(lambda source, cursor: iter([Page(tuple(mentions))]), INFO)
    terms = RetentionSettings(default=90 * DAY, platforms={"x": 30 * DAY})
    app = make_app(database_url, script, now=T0 + 26 * DAY, retention=terms)
    poll_due(app)
    assert prune(app, T0 + 26 * DAY) == job.Pruned(0, 0)
    with app.db.read() as tx:
        before = series(tx, "kopi", ALL, T0, T0 + BUCKET)
    assert prune(app, T0 + 31 * DAY) == job.Pruned(5, 4)
    with app.db.read() as tx:
        assert series(tx, "kopi", ALL, T0, T0 + BUCKET) == before
        rows = {m.external_id: m for m in tx.scalars(select(MentionRow))}
        gone = rows["0"]
        assert (gone.text, gone.title, gone.url, gone.author_id) == ("", "", "", None)
        assert gone.published_at == T0
        assert rows["r"].text
        assert rows["young"].text
        assert sorted(tx.scalars(select(AuthorRow.handle))) == ["a0", "ar", "ayoung"]
        assert len(list(tx.scalars(select(ReadingRow.negative)))) == 8
        shown = evidence(tx, "kopi", ALL, T0, T0 + BUCKET, 9)
        assert [m.external_id for m in shown] == ["r"]
    poll_due(app)
    assert prune(app, T0 + 31 * DAY) == job.Pruned(0, 0)
    app.db.close()


def test_what_arrives_after_its_time_goes_in_the_next_round(database_url):
    script = Script(lambda source, cursor: iter([Page((mention(1, T0 - 40 * DAY),))]), INFO)
    app = make_app(database_url, script)
    assert prune(app, T0) == job.Pruned(0, 0)
    poll_due(app)
    assert prune(app, T0) == job.Pruned(1, 1)
    app.db.close()


def test_what_the_brand_published_goes_when_it_was_not_told_again_for_so_long(database_url):
    old, new = (OwnPost("x", n, T0, "video", "teks", "https://x.example/1", "judul") for n in "ab")
    first = Page(
        own_posts=(old, new),
        metrics=(Metric("x", "a", "likes", 1, "count", T0),),
        standings=(Standing("x", "a", "post", "claimed", "Lagu"),),
    )
    left = [[first], [Page(own_posts=(new,))]]
    script = Script(lambda source, cursor: iter(left.pop(0) if left else ()), INFO)
    app = make_app(database_url, script)
    poll_due(app)
    clock_of(app).advance_to(T0 + 20 * DAY)
    poll_due(app)
    prune(app, T0 + 31 * DAY)
    with app.db.read() as tx:
        posts = {post.external_id: post for post in own_posts(tx, "kopi")}
        assert (posts["a"].text, posts["a"].title, posts["b"].text) == ("", "", "teks")
        assert metrics(tx, "kopi", "x", "a") == []
        assert standings(tx) == []
    app.db.close()


@pytest.mark.parametrize(
    ("settings", "days"),
    [
        (RetentionSettings(), 30),
        (RetentionSettings(default=7 * DAY), 7),
        (RetentionSettings(platforms={"youtube": 60 * DAY}), 60),
    ],
)
def test_texts_are_kept_as_long_as_the_config_and_the_platforms_terms_allow(settings, days):
    assert kept_for(settings, "youtube") == days * DAY
    assert kept_for(settings, "a platform of a file") == min(settings.default, 90 * DAY)

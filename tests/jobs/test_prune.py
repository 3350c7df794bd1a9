"""Retention: texts and authors go, what was counted stays."""

from __future__ import annotations

from datetime import timedelta

from fakes.lines import INFO, T0, Script, make_app, mention, poll_due
from sqlalchemy import select

from connectors.base import Page
from monitor.jobs.upkeep import retention as job
from monitor.jobs.upkeep.retention import prune
from monitor.model import ALL, BUCKET
from monitor.settings.model import RetentionSettings
from monitor.store.mentions import evidence
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

"""A poll stores pages with their cursors, once, for every brand they concern."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from fakes.lines import MINUTE, T0, Script, counts, mention, only_source, pages, poll_due
from sqlalchemy import select

from connectors.base import Page
from monitor.jobs.poll.poll import claim_due, poll
from monitor.model import ALL, BUCKET, Author, Count
from monitor.settings.model import BrandSettings, SourceSettings
from monitor.store.meta import put_meta
from monitor.store.series import series
from monitor.store.sources import gaps
from monitor.store.tables.listening import AuthorRow, MentionRow, ReadingRow, RollupRow


def test_a_page_is_stored_with_its_cursor_and_counted_in_its_buckets(line):
    page = Page(
        (mention(1, T0), mention(2, T0 + MINUTE, "+kopi"), mention(3, T0 + BUCKET, "?kopi")),
        cursor={"since": 3},
        covered_from=T0 - BUCKET,
    )
    app = line(pages(page), now=T0 + 2 * BUCKET)
    (polled,) = poll_due(app)
    assert (polled.pages, polled.new, polled.done, polled.error) == (1, 3, True, "")
    source = only_source(app)
    assert source.cursor == {"since": 3}
    assert source.polled_until == T0 + 2 * BUCKET
    assert source.covered_from == T0 - BUCKET
    assert source.lease_token is None
    with app.db.read() as tx:
        before, first, second = series(tx, "kopi", "x", T0 - BUCKET, T0 + 2 * BUCKET)
        assert series(tx, "kopi", ALL, T0, T0 + BUCKET) == [first]
    assert (before.volume, first.volume, first.scored, first.negative) == (0, 2, 2, 1.0)
    # the model was not sure of this one; its probability counts all the same
    assert (second.volume, second.scored, second.negative) == (1, 1, 0.3)


def test_what_comes_again_is_counted_once(line):
    page = Page((mention(1, T0), mention(2, T0), mention(2, T0)), cursor={"n": 1})
    app = line(pages(page), now=T0 + MINUTE)
    assert poll_due(app)[0].new == 2
    app.now.advance_to(T0 + timedelta(minutes=10))
    app.enricher.read_texts.clear()
    assert poll_due(app)[0].new == 0
    assert app.enricher.read_texts == []  # what is known is not read again
    assert counts(app, MentionRow) == counts(app, ReadingRow) == 2
    with app.db.read() as tx:
        assert series(tx, "kopi", "x", T0, T0 + BUCKET)[0].volume == 2


def test_an_author_is_known_as_he_was_last_told(line):
    first = [Author(f"a{n}", f"Sari {n}", followers=n) for n in range(3)]
    later = [Author("a2", "Sari", followers=None, verified=True), first[1], Author("a0", "Dewi", 9)]
    told = iter([first, later])

    def fetch(source, cursor):
        authors = enumerate(next(told))
        yield Page(tuple(mention(f"{source.now}/{n}", T0, author=author) for n, author in authors))

    app = line(Script(fetch))
    poll_due(app)
    app.now.advance_to(T0 + timedelta(minutes=10))
    poll_due(app)
    with app.db.read() as tx:
        rows = tx.scalars(select(AuthorRow).order_by(AuthorRow.handle))
        assert [(row.name, row.followers, row.verified) for row in rows] == [
            ("Dewi", 9, False),
            ("Sari 1", 1, False),
            ("Sari", None, True),
        ]


def test_a_feed_that_changes_an_entrys_time_does_not_make_it_two(line):
    def fetch(source, cursor):
        yield Page((mention("guid", source.now, stable_time=False),))

    app = line(Script(fetch))
    poll_due(app)
    app.now.advance_to(T0 + timedelta(hours=1))
    assert poll_due(app)[0].new == 0
    assert counts(app, MentionRow) == 1


def test_a_mention_two_brands_sources_bring_is_one_mention_read_once_for_each(line):
    both = mention(1, T0, "-kopi -teh")
    brands = [
        BrandSettings(
            slug=slug,
            name=slug,
            query=slug,
            sources=(SourceSettings(connector="fake", name=f"feed-{slug}"),),
        )
        for slug in ("kopi", "teh")
    ]
    app = line(pages(Page((both,))), brands=brands)
    poll_due(app)
    assert counts(app, MentionRow) == 1
    assert counts(app, ReadingRow) == 2
    with app.db.read() as tx:
        for slug in ("kopi", "teh"):
            assert series(tx, slug, "x", T0, T0 + BUCKET)[0].volume == 1


def test_what_concerns_nobody_is_not_kept(line):
    app = line(pages(Page((mention(1, T0, "-teh"),))))
    assert poll_due(app)[0].new == 0
    assert counts(app, MentionRow) == counts(app, AuthorRow) == counts(app, RollupRow) == 0


def test_a_reported_count_replaces_what_was_reported_before(line):
    told = [
        Count("x", T0, T0 + timedelta(minutes=12), 100),
        Count("x", T0, T0 + timedelta(minutes=15), 40),
    ]
    app = line(Script(lambda source, cursor: iter([Page(counts=(told.pop(0),))])))
    poll_due(app)
    with app.db.read() as tx:
        assert [b.volume for b in series(tx, "kopi", "x", T0, T0 + 3 * BUCKET)] == [41, 42, 17]
    app.now.advance_to(T0 + timedelta(minutes=10))
    poll_due(app)
    with app.db.read() as tx:
        assert [b.volume for b in series(tx, "kopi", "x", T0, T0 + 3 * BUCKET)] == [13, 13, 14]


def test_the_platforms_own_count_is_the_volume_where_it_is_more(line):
    page = Page((mention(1, T0), mention(2, T0)), counts=(Count("x", T0, T0 + BUCKET, 40),))
    app = line(pages(page))
    poll_due(app)
    with app.db.read() as tx:
        (bucket,) = series(tx, "kopi", ALL, T0, T0 + BUCKET)
    assert (bucket.volume, bucket.scored) == (40, 2)


def test_what_the_platform_no_longer_gives_is_a_gap_once(line):
    app = line(pages(Page(missed=(T0, T0 + BUCKET)), Page(missed=(T0 + BUCKET, T0 + 2 * BUCKET))))
    poll_due(app)
    app.now.advance_to(T0 + timedelta(hours=1))
    poll_due(app)
    with app.db.read() as tx:
        found = gaps(tx, T0 - BUCKET, T0 + 9 * BUCKET)
    assert [hole[:2] for hole in found[only_source(app).id]] == [(T0, T0 + 2 * BUCKET)]


def test_a_poll_that_lost_its_lease_writes_nothing(line):
    app = line(Script(lambda source, cursor: slow()), now=T0)
    (old,) = claim_due(app, T0, 9)

    def slow():
        later = T0 + timedelta(minutes=6)
        (new,) = claim_due(app, later, 9)
        assert new.token != old.token
        yield Page((mention(1, T0),), cursor={"n": 1})

    assert poll(app, old.source_id, old.token, T0, T0).error == "the lease is lost"
    assert counts(app, MentionRow) == counts(app, RollupRow) == 0
    assert only_source(app).cursor is None
    assert only_source(app).lease_token is not None  # the new one's


def test_nobody_gets_a_source_that_is_being_polled(line):
    app = line(pages())
    assert len(claim_due(app, T0, 9)) == 1
    assert claim_due(app, T0, 9) == []


def test_no_transaction_is_open_while_the_connector_talks(line):
    def fetch(source, cursor):
        for n in range(3):
            with ThreadPoolExecutor(1) as other:  # would wait for ever if the lock were held
                other.submit(write).result(timeout=10)
            yield Page((mention(n, T0),), cursor={"n": n})

    def write():
        with app.db.write() as tx:
            put_meta(tx, "other", {})

    app = line(Script(fetch))
    assert poll_due(app)[0].new == 3


def test_a_first_poll_that_says_nothing_of_the_past_covers_only_from_now_on(line):
    app = line(pages(Page((mention(1, T0 - timedelta(days=3)),))), now=T0 + MINUTE)
    poll_due(app)
    assert only_source(app).covered_from == T0


def test_the_config_says_since_when_to_listen(line):
    brand = BrandSettings(
        slug="kopi",
        name="Kopi",
        query="kopi",
        covered_from=T0 - timedelta(days=2),
        sources=(SourceSettings(connector="fake", name="feed"),),
    )
    script = pages(Page())
    app = line(script, brands=[brand])
    poll_due(app)
    assert script.seen[0].since == T0 - timedelta(days=2)
    assert only_source(app).covered_from == T0 - timedelta(days=2)


def test_a_beginning_that_is_yet_to_come_blinds_nothing(line):
    source = SourceSettings(
        connector="fake", name="feed", covered_from=T0 + timedelta(days=365_000)
    )
    brand = BrandSettings(slug="kopi", name="Kopi", query="kopi", sources=(source,))
    app = line(pages(Page((mention(1, T0),))), brands=[brand], now=T0 + MINUTE)
    poll_due(app)
    assert only_source(app).covered_from == T0

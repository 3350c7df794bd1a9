"""What the brand itself publishes is kept with its page: posts, metrics, standings; and what
becomes of mentions and posts that are deleted, made private or edited."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.lines import INFO, MINUTE, T0, Script, counts, mention, only_source, pages, poll_due
from sqlalchemy import select, text

from connectors.base import Page, Unavailable
from monitor.model import ANY, BUCKET, Author, Metric, OwnPost, Removal, Standing
from monitor.settings.model import BrandSettings, SourceSettings
from monitor.store.own_content import metrics, own_posts, standings
from monitor.store.series import series
from monitor.store.tables.listening import AuthorRow, MentionRow, ReadingRow

HOUR = timedelta(hours=1)
VIDEO = OwnPost("x", "v1", T0 - HOUR, "video", "Kopi baru kami", "https://x.example/v1", "Kopi")


def likes(value: float, minutes: float) -> Metric:
    return Metric("x", "v1", "likes", value, "count", T0 + minutes * MINUTE)


def polled(app, *made, after=MINUTE):
    """Poll once more, later, and be told these pages."""
    app.now.advance_to(max(app.now() + after, only_source(app).next_poll_at))
    return poll_due(app)


def script(*rounds):
    """A connector that yields the pages of a round at each poll, nothing when there are none."""
    left = list(rounds)
    return Script(lambda source, cursor: iter(left.pop(0) if left else ()))


def stored(app, model):
    with app.db.read() as tx:
        return list(tx.scalars(select(model).order_by(model.id)))


def test_own_posts_and_what_is_measured_and_judged_of_them_are_kept_with_their_page(line):
    page = Page(
        own_posts=(VIDEO,),
        metrics=(likes(5, 0), Metric("x", "acc", "followers", 10.0, "count", T0, "account")),
        standings=(Standing("x", "v1", "post", "claimed", "Sound recording", T0 - HOUR),),
    )
    app = line(pages(page))
    assert poll_due(app)[0].error == ""
    with app.db.read() as tx:
        assert own_posts(tx, "kopi") == [VIDEO]
        (shown,) = standings(tx, "kopi")
        assert [(m.value, m.unit, m.since) for m in metrics(tx, "kopi", "x", "v1")] == [
            (5.0, "count", T0)
        ]
    assert (shown.state, shown.reason, shown.since) == ("claimed", "Sound recording", T0 - HOUR)
    assert (shown.title, shown.url) == ("Kopi", "https://x.example/v1")


def test_a_page_told_twice_changes_nothing(line):
    page = Page(
        own_posts=(VIDEO,),
        metrics=(likes(5, 0), likes(7, 2)),
        standings=(Standing("x", "ad1", "ad", "rejected", "Alcohol"),),
    )
    app = line(script([page, page], [page]))
    poll_due(app)
    polled(app)
    with app.db.read() as tx:
        assert len(own_posts(tx, "kopi")) == 1
        assert [m.value for m in metrics(tx, "kopi", "x", "v1")] == [5.0, 7.0]
        assert [s.since for s in standings(tx, "kopi")] == [T0]


def test_a_value_that_stays_is_one_row_and_one_that_was_measured_earlier_is_left_out(line):
    rounds = [
        [Page(metrics=(likes(5, 0),))],
        [Page(metrics=(likes(5, 10),))],
        [Page(metrics=(likes(9, 20),))],
        [Page(metrics=(likes(6, 15),))],
    ]
    app = line(script(*rounds))
    poll_due(app)
    for _ in rounds[1:]:
        polled(app, after=10 * MINUTE)
    with app.db.read() as tx:
        found = [(m.value, m.since, m.measured_at) for m in metrics(tx, "kopi", "x", "v1")]
    assert found == [(5.0, T0, T0 + 10 * MINUTE), (9.0, T0 + 20 * MINUTE, T0 + 20 * MINUTE)]


def test_a_standing_lasts_until_another_is_told(line):
    def stands(state, reason=""):
        return [Page(standings=(Standing("x", "ad1", "ad", state, reason),))]

    app = line(script(stands("pending"), stands("rejected", "Alcohol"), stands("live")))
    poll_due(app)
    with app.db.read() as tx:
        assert standings(tx) == []  # being reviewed is nothing to look at
    polled(app)
    with app.db.read() as tx:
        (shown,) = standings(tx)
    assert (shown.state, shown.subject_kind, shown.since) == ("rejected", "ad", app.now())
    polled(app)
    with app.db.read() as tx:
        assert standings(tx) == []
        states = tx.execute(text("select state from standing order by id")).scalars().all()
    assert states == ["pending", "rejected", "live"]


def test_a_removal_takes_text_and_author_at_once_and_keeps_id_times_and_counts(line):
    said = mention(1, T0, "-kopi basi", url="https://x.example/1", root_id="v1")
    gone = Removal("x", "1", "deleted", T0 + MINUTE)
    app = line(script([Page((said, mention(2, T0)))], [Page(removals=(gone,))]))
    poll_due(app)
    polled(app)
    row = stored(app, MentionRow)[0]
    assert (row.text, row.title, row.url, row.author_id, row.removed) == ("", "", "", None, True)
    assert (row.external_id, row.published_at, row.root_id) == ("1", T0, "v1")
    assert [author.handle for author in stored(app, AuthorRow)] == ["a2"]
    with app.db.read() as tx:
        (bucket,) = series(tx, "kopi", "x", T0, T0 + BUCKET)
    assert (bucket.volume, bucket.negative) == (2, 1.8)


def test_an_author_of_other_mentions_stays(line):
    by = Author("sari")
    both = (mention(1, T0, author=by), mention(2, T0, author=by))
    app = line(script([Page(both)], [Page(removals=(Removal("x", "1", "private", T0),))]))
    poll_due(app)
    polled(app)
    assert [author.handle for author in stored(app, AuthorRow)] == ["sari"]


def test_an_edit_is_read_again_and_moves_the_sums(line):
    edit = Removal("x", "1", "edited", T0 + MINUTE, "+kopi enak")
    app = line(script([Page((mention(1, T0, "-kopi basi"),))], [Page(removals=(edit,))]))
    poll_due(app)
    polled(app)
    (row,), (reading,) = stored(app, MentionRow), _readings(app)
    assert (row.text, reading.negative) == ("+kopi enak", 100)
    with app.db.read() as tx:
        (bucket,) = series(tx, "kopi", "x", T0, T0 + BUCKET)
    assert (bucket.volume, bucket.scored, bucket.negative) == (1, 1, 0.1)


def test_an_edit_to_the_same_words_is_none_and_nothing_is_read_again(line):
    edit = Removal("x", "1", "edited", T0 + MINUTE, "-kopi")
    app = line(script([Page((mention(1, T0),))], [Page(removals=(edit,))]))
    poll_due(app)
    polled(app)
    assert app.enricher.read_texts == ["-kopi"]


def test_a_removal_in_the_page_of_its_mention_and_one_of_an_unknown_id_are_understood(line):
    page = Page(
        (mention(1, T0, "-kopi a"), mention(2, T0, "-kopi b")),
        removals=(
            Removal("x", "1", "deleted", T0),
            Removal("x", "2", "edited", T0, "+kopi b"),
            Removal("x", "nobody", "deleted", T0),
            Removal("x", "nobody2", "edited", T0, "kopi"),
        ),
    )
    app = line(pages(page, page))
    (polled_once,) = poll_due(app)
    assert (polled_once.error, polled_once.new) == ("", 2)
    assert [(row.text, row.removed) for row in stored(app, MentionRow)] == [
        ("", True),
        ("+kopi b", False),
    ]
    with app.db.read() as tx:
        (bucket,) = series(tx, "kopi", "x", T0, T0 + BUCKET)
    assert (bucket.volume, bucket.negative) == (2, 1.0)


def test_a_removed_mention_is_not_brought_back_by_an_edit_or_by_being_told_again(line):
    gone, edit = Removal("x", "1", "deleted", T0), Removal("x", "1", "edited", T0, "kopi again")
    app = line(
        script(
            [Page((mention(1, T0),), removals=(gone,))],
            [Page((mention(1, T0),))],
            [Page(removals=(edit,))],
        )
    )
    poll_due(app)
    polled(app)
    polled(app)
    (row,) = stored(app, MentionRow)
    assert (row.text, row.removed) == ("", True)


def test_an_own_post_that_is_deleted_loses_its_text_and_is_listed_no_more(line):
    gone = Removal("x", "v1", "deleted", T0 + MINUTE)
    app = line(script([Page(own_posts=(VIDEO,))], [Page(removals=(gone,))]))
    poll_due(app)
    polled(app)
    with app.db.read() as tx:
        assert own_posts(tx, "kopi") == []
        row = tx.execute(text("select gone, text, title, url, external_id from own_post")).one()
    assert tuple(row) == ("deleted", "", "", "", "v1")


def test_the_brands_own_replies_are_kept_but_never_counted(line):
    page = Page(
        (
            mention(1, T0, "-kopi"),
            mention(2, T0, "kopi maaf ya", own=True, reply_to="1", root_id="v1"),
            mention(3, T0, "kopi promo", author=Author("own-kopi")),
        )
    )
    app = line(pages(page))
    assert poll_due(app)[0].new == 1
    rows = stored(app, MentionRow)
    assert sorted((r.external_id, r.own, r.reply_to) for r in rows) == [
        ("1", False, None),
        ("2", True, "1"),
        ("3", True, None),
    ]
    assert [r.mention_id for r in _readings(app)] == [
        row.id for row in rows if row.external_id == "1"
    ]
    with app.db.read() as tx:
        assert sum(b.volume for b in series(tx, "kopi", "x", T0, T0 + BUCKET)) == 1


def test_own_content_that_belongs_to_no_brand_is_refused(line):
    brands = [BrandSettings(slug="kopi", name="kopi", query="kopi")]
    app = line(
        pages(Page(own_posts=(VIDEO,))),
        brands=brands,
        everywhere=[SourceSettings(connector="fake", name="file")],
    )
    assert only_source(app).brand == ANY
    assert "belong to no brand" in poll_due(app)[0].error


BAD = [
    Page(own_posts=(OwnPost("x", "", T0, "video"),)),
    Page(own_posts=(OwnPost("x", "1", T0, "poem"),)),  # type: ignore[arg-type]
    Page(own_posts=(OwnPost("x", "1", T0.replace(tzinfo=None), "video"),)),
    Page(metrics=(Metric("x", "1", "likes", float("nan"), "count", T0),)),
    Page(metrics=(Metric("x", "1", "", 1, "count", T0),)),
    Page(metrics=(Metric("x", "1", "likes", 1, "grams", T0),)),  # type: ignore[arg-type]
    Page(standings=(Standing("x", "1", "post", "sad"),)),  # type: ignore[arg-type]
    Page(standings=(Standing("*", "1", "post", "live"),)),
    Page(removals=(Removal("x", "1", "vanished", T0),)),  # type: ignore[arg-type]
    Page(removals=(Removal("x", "1", "edited", T0, None),)),  # type: ignore[arg-type]
    Page(removals=("1",)),  # type: ignore[arg-type]
    Page((mention(1, T0, media="smell"),)),
]


@pytest.mark.parametrize("page", BAD)
def test_own_content_of_wrong_types_refuses_the_whole_page(line, page):
    app = line(pages(page))
    assert "cannot be used" in poll_due(app)[0].error
    assert counts(app, MentionRow) == 0


def _readings(app):
    with app.db.read() as tx:
        return list(tx.scalars(select(ReadingRow)))


def test_stored_mentions_are_given_to_be_looked_up_again_in_turn(line):
    said = Page(tuple(mention(n, T0 + n * MINUTE) for n in range(5)))
    gone = Page(removals=(Removal("x", "1", "deleted", T0),))
    made = script([said], [gone])
    made.info = replace(INFO, recheck=2)
    app = line(made)
    poll_due(app)
    for _ in range(4):
        polled(app)
    assert [spec.recheck for spec in made.seen] == [
        (),
        ("0", "1"),
        ("2", "3"),
        ("4",),
        ("0", "2"),
    ]


def test_two_sources_of_a_brand_share_what_is_looked_up_again(line):
    said = [Page(tuple(mention(n, T0 + n * MINUTE) for n in range(5)))]
    made = script(said)
    made.info = replace(INFO, recheck=10)
    two = tuple(SourceSettings(connector="fake", name=name) for name in ("a", "b"))
    app = line(made, brands=[BrandSettings(slug="kopi", name="Kopi", query="kopi", sources=two)])
    poll_due(app)
    app.now.advance_to(app.now() + HOUR)
    poll_due(app)
    first, second = (spec.recheck for spec in made.seen[-2:])
    assert sorted((*first, *second)) == ["0", "1", "2", "3", "4"]


def test_a_poll_that_fails_gives_the_same_mentions_again(line):
    rounds = [[Page((mention(1, T0), mention(2, T0)))], Unavailable("down"), []]
    made = Script(lambda source, cursor: _told(rounds), replace(INFO, recheck=1))
    app = line(made)
    for _ in range(3):
        polled(app)
    assert [spec.recheck for spec in made.seen] == [(), ("1",), ("1",)]


@pytest.mark.parametrize("left", [True, False])
def test_what_could_not_be_looked_up_is_given_again(line, left):
    said = Page((mention(1, T0), mention(2, T0)))
    made = script([said], [Page(recheck_left=left)], [])
    made.info = replace(INFO, recheck=1)
    app = line(made)
    for _ in range(3):
        polled(app)
    assert [spec.recheck for spec in made.seen] == [(), ("1",), ("1",) if left else ("2",)]


def _told(rounds):
    told = rounds.pop(0)
    if isinstance(told, Exception):
        raise told
    yield from told


def test_what_is_counted_of_a_mention_is_kept_with_it(line):
    app = line(pages(Page((mention(1, T0, reach=120, likes=7, replies=2), mention(2, T0)))))
    poll_due(app)
    assert [(r.reach, r.likes, r.replies) for r in stored(app, MentionRow)] == [
        (120, 7, 2),
        (None, None, None),
    ]

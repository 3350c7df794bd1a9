"""What people correct changes their brand's readings, and never by itself makes an alarm."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.databases import ON_SQLITE
from fakes.lines import T0, Script, make_app, mention, poll_due
from sqlalchemy import select

from connectors.base import Page
from monitor.brand_models import learn
from monitor.enrich.pipeline import Enricher, Learned
from monitor.enrich.sentiment.shipped import load
from monitor.jobs.detect.detect import detect
from monitor.jobs.upkeep.corrections import (
    CorrectionProblem,
    correct,
    model_of,
    refresh_models,
    take,
)
from monitor.jobs.upkeep.rescore import rescore
from monitor.model import BUCKET
from monitor.query.parse import parse
from monitor.settings.model import BrandSettings, SourceSettings
from monitor.store.corrections import corrections
from monitor.store.tables.listening import ReadingRow, SignalRow

pytestmark = ON_SQLITE

HOUR = timedelta(hours=1)
BRANDS = [BrandSettings(slug=slug, name=slug, query=slug) for slug in ("kopi", "teh")]
PLACES = ("warehouse", "depot", "harbour", "office", "hub")


def text(n: int) -> str:
    """Praise to the shipped model; the people of ``kopi`` know that it is mockery."""
    return f"thank you kopi or teh, what a great {PLACES[n % 5]}, I love it, number {n}"


def feed():
    told = [mention(n, T0 + n * timedelta(seconds=25), text(n)) for n in range(1200)]

    def fetch(source, cursor):
        since = cursor["n"] if cursor else 0
        new = [m for m in told[since:] if m.published_at < source.now]
        yield Page(tuple(new), cursor={"n": since + len(new)}, covered_from=T0, position=source.now)

    return fetch


@pytest.fixture
def app(database_url):
    everywhere = [SourceSettings(connector="fake", name="all")]
    made = make_app(database_url, Script(feed()), brands=BRANDS, everywhere=everywhere)
    queries = {brand.slug: parse(brand.query) for brand in BRANDS}
    made = replace(made, queries=queries, enricher=Enricher(queries, {}, load()))
    yield made
    made.db.close()


def labels(count, gold="negative"):
    """Of other parcels than those that are told of."""
    return [(text(10_000 + n), gold, "rani") for n in range(count)]


def run(app, start, end, *, scoring_again=True):
    while start <= end:
        app.now.advance_to(start)
        poll_due(app)
        if scoring_again:
            rescore(app, app.now(), limit=50)
        for brand in app.brands:
            detect(app, brand, app.now())
        start += BUCKET


def readings(app, brand):
    with app.db.read() as tx:
        rows = tx.scalars(
            select(ReadingRow).where(ReadingRow.brand == brand).order_by(ReadingRow.mention_id)
        )
        return [(row.negative, row.model_version) for row in rows]


def fired(app):
    with app.db.read() as tx:
        return {row.detector for row in tx.scalars(select(SignalRow))}


def test_corrections_move_the_brands_past_and_future_and_fire_nothing(app):
    run(app, T0, T0 + 2 * HOUR)
    before = {brand: readings(app, brand) for brand in app.brands}
    take(app, {"kopi": labels(200)}, app.wall())
    assert refresh_models(app) == ["kopi"]
    run(app, T0 + 2 * HOUR + BUCKET, T0 + 4 * HOUR)
    assert fired(app) == set()
    kopi, teh = readings(app, "kopi"), readings(app, "teh")
    assert {version for _, version in kopi} == {app.enricher.model_version("kopi")}
    assert max(negative for negative, _ in before["kopi"]) < 300
    assert min(negative for negative, _ in kopi) > 600
    assert teh[: len(before["teh"])] == before["teh"]
    assert {version for _, version in teh} == {load().version}


def test_without_scoring_the_past_again_they_would_have_fired(app):
    """The test above can fail: the same corrections, unseen, are a change of mood."""
    run(app, T0, T0 + 2 * HOUR)
    take(app, {"kopi": labels(200)}, app.wall())
    refresh_models(app)
    model = app.enricher.learned["kopi"].model
    model.version = load().version
    run(app, T0 + 2 * HOUR + BUCKET, T0 + 3 * HOUR, scoring_again=False)
    assert fired(app) == {"negative_share"}


def test_the_same_text_is_read_as_a_person_said_from_then_on(app):
    once = mention("a", T0, "kopi parcel 7 is at the hub")
    again = mention("b", T0, "  KOPI parcel 7 is at\nthe hub")
    other = mention("c", T0, "kopi parcel 8 is at the hub and teh too")
    before = app.enricher.read([once, other])
    correct(app, "kopi", "positive", app.wall(), text=once.text, who="rani")
    learn(app.enricher, app.db, list(app.brands))
    one, two, three = app.enricher.read([once, again, other])
    assert one[0].sentiment.label == two[0].sentiment.label == "positive"
    assert one[0].sentiment.positive > 0.9
    assert three == before[1]
    assert one[0].model_version == load().version


def test_a_stored_mention_can_be_corrected_by_its_name(app):
    run(app, T0, T0 + BUCKET)
    done = correct(app, "teh", "negative", app.wall(), mention="x:3", who="rani")
    assert (done.new, done.changed, done.labels) == (1, 0, 1)
    with app.db.read() as tx:
        [kept] = corrections(tx, "teh")
        assert corrections(tx, "kopi") == []
    assert (kept.text, kept.platform, kept.external_id) == (text(3), "x", "3")
    assert (kept.gold, kept.who, kept.language) == ("negative", "rani", "en")


def test_one_text_has_one_label_and_the_last_word_counts(app):
    take(app, {"kopi": [("Kopi A", "negative", ""), ("kopi b", "neutral", "")]}, T0)
    done = take(app, {"kopi": [("kopi  a", "positive", ""), ("kopi b", "neutral", "")]}, T0)
    assert (done["kopi"].new, done["kopi"].changed, done["kopi"].labels) == (0, 1, 2)
    with app.db.read() as tx:
        found = [(c.text, c.gold) for c in corrections(tx, "kopi")]
    assert found == [("kopi b", "neutral"), ("kopi  a", "positive")]


@pytest.mark.parametrize(
    ("brand", "said", "named", "why"),
    [
        ("nobody", ("x", "neutral", ""), "", "no brand nobody; there are"),
        ("kopi", ("x", "angry", ""), "", "'angry' is no label"),
        ("kopi", (" ", "neutral", ""), "", "no text"),
        ("kopi", ("", "neutral", ""), "x", "PLATFORM:ID"),
        ("kopi", ("", "neutral", ""), "x:404", "no mention x:404"),
    ],
)
def test_what_cannot_be_taken_is_one_sentence_and_keeps_nothing(app, brand, said, named, why):
    with pytest.raises(CorrectionProblem, match=why):
        correct(app, brand, said[1], T0, text=said[0], mention=named)
    with pytest.raises(CorrectionProblem):
        take(app, {"teh": [("fine", "neutral", "")], "nobody": [said]}, T0)
    with app.db.read() as tx:
        assert corrections(tx, "teh") == corrections(tx, "kopi") == []


def test_every_process_comes_to_the_same_model_and_looks_only_when_there_is_more(app):
    take(app, {"kopi": labels(60)}, T0)
    other = Enricher(app.queries, {}, load())
    assert learn(other, app.db, ["kopi", "teh"]) == ["kopi"]
    refresh_models(app)
    assert other.model_version("kopi") == app.enricher.model_version("kopi")
    assert model_of(app, "kopi")[0].version == app.enricher.model_version("kopi")
    assert refresh_models(app) == []
    take(app, {"kopi": labels(62)}, T0)
    assert refresh_models(app) == ["kopi"]
    assert other.model_version("kopi") == app.enricher.model_version("kopi")
    assert app.enricher.model_version("teh") == load().version


def test_texts_that_no_database_takes_can_be_corrected_all_the_same(app):
    take(app, {"kopi": [("kopi \0\ud800 odd", "negative", "r\ud800")]}, T0)
    refresh_models(app)
    [[reading]] = app.enricher.read([mention("a", T0, "kopi \ufffd odd")])
    assert reading.sentiment.label == "negative"
    app.enricher.learn("kopi", Learned())
    assert refresh_models(app) == ["kopi"]

"""What is not about us: words that would leave it out, a person's word that they do, and what of it
counts all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner
from fakes.crisis import BRAND, NOON, detected, loud, minutes, told
from fakes.lines import T0, counts, mention, pages, poll_due
from fakes.slack_socket import click, filled_in

from alerting.channels.slack.presses import read_press
from alerting.channels.slack.views import modal
from connectors.base import Page
from monitor.app import assemble
from monitor.cli.main import main_group
from monitor.jobs.exclusions import ExclusionProblem, leave_out, proposals
from monitor.jobs.interactions.forms import form_for
from monitor.jobs.interactions.press import answer_presses, keep
from monitor.jobs.respond.respond import respond
from monitor.model import BUCKET, Mention
from monitor.query.parse import parse
from monitor.settings.model import Settings
from monitor.store.exclusions import counts as left
from monitor.store.exclusions import end, exclusions
from monitor.store.incidents import read_incident
from monitor.store.mentions import store_readings
from monitor.store.series import series
from monitor.store.tables.listening import ExcludedRow, MentionRow, ReadingRow


def page(*texts, **changes):
    return Page(tuple(mention(n, T0, text, **changes) for n, text in enumerate(texts)))


def start(line, *made, words="bank sampah"):
    app = line(pages(*made), now=T0 + BUCKET)
    app = replace(app, queries={"kopi": query("kopi")})
    with app.db.write() as tx:
        leave_out(app, tx, "kopi", words, "rina", T0)
    return app


def query(text):
    return parse(text)


def volume(app):
    with app.db.read() as tx:
        return series(tx, "kopi", "x", T0, T0 + BUCKET)[0].volume


def test_what_has_the_words_is_kept_to_be_looked_at_and_counts_for_nothing(line):
    app = start(line, page("-kopi di Bank Sampah", "kopi di bank  sampah!", "kopi bank sampahan"))
    poll_due(app)
    assert (volume(app), counts(app, ReadingRow), counts(app, MentionRow)) == (1, 1, 3)
    with app.db.read() as tx:
        assert left(tx, T0) == {1: 2}


def test_what_tells_of_a_crisis_counts_whatever_it_says_besides(line):
    app = start(line, page("-kopi ☠ di bank sampah"))
    poll_due(app)
    assert (volume(app), counts(app, ExcludedRow)) == (1, 0)


def test_what_comes_again_is_left_out_once_and_what_was_taken_back_counts_from_then_on(line):
    app = start(line, page("kopi bank sampah"))
    poll_due(app)
    app.now.advance_to(T0 + 3 * BUCKET)
    poll_due(app)
    assert (counts(app, ExcludedRow), counts(app, MentionRow), volume(app)) == (1, 1, 0)
    with app.db.write() as tx:
        assert end(tx, 1, "rina", T0)
        assert not end(tx, 1, "rina", T0)
    app.now.advance_to(T0 + 6 * BUCKET)
    poll_due(app)
    assert counts(app, ReadingRow) == 1


@pytest.mark.parametrize("words", ["", "  ", "…", "kopi", "KOPI", "a" * 81])
def test_words_that_are_none_or_that_the_brand_is_found_by_are_refused(line, words):
    app = replace(line(pages(), now=T0), queries={"kopi": query("kopi NOT susu")})
    with app.db.write() as tx, pytest.raises(ExclusionProblem):
        leave_out(app, tx, "kopi", words, "rina", T0)
    with app.db.write() as tx:
        assert leave_out(app, tx, "kopi", "Susu", "rina", T0) == 1
        assert leave_out(app, tx, "kopi", "susu", "tom", T0) is None


# The whole way: an incident, the press that says it was somebody else, the form, the row.


@pytest.fixture
def stormy(database_url):
    """Three quiet days about Kopi Senja, then a storm about a waste bank of that name."""
    app = assemble(Settings(brands=(BRAND,)), database_url=database_url, now=lambda: minutes(8))
    app = replace(app, wall=app.now)
    quiet = [
        Mention("x", f"q{n}", NOON - BUCKET * 8 * n, f"kopi senja cabang {n} enak dan murah")
        for n in range(1, 101)
    ]
    storm = [
        Mention("x", f"s{n}", minutes(n / 10), f"bank sampah kopi senja penuh lagi, keracunan {n}")
        for n in range(40)
    ]
    read = app.enricher.read([*quiet, *storm])
    with app.db.write() as tx:
        store_readings(tx, [one for found in read for one in found], NOON, {})
    detected(app, loud())
    respond(app, BRAND.slug, minutes(6))
    yield app
    app.db.close()


def incident(app):
    with app.db.read() as tx:
        found = read_incident(tx, 1)
    assert found is not None
    return found


def pressed(payload):
    made = read_press("interactive", payload)
    assert made is not None
    return made


def test_an_incident_that_was_not_about_us_offers_the_words_that_give_it_away_with_their_cost(
    stormy,
):
    form = form_for(stormy, pressed(click("not_a_crisis", 1, 1, value="not_about_us")))
    assert form is not None
    (field,) = form.fields
    assert field.optional
    assert field.options[0] == ("bank sampah", "“bank sampah”: 40 of 40, 0 of 100 others")
    words = " ".join(value for value, _ in field.options)
    assert "keracunan" not in words  # what tells of a crisis is never offered
    assert "kopi" not in words
    assert modal(form)["callback_id"] == "siaga:not_about_us"
    assert form_for(stormy, pressed(click("not_a_crisis", 1, 1, value="joke"))) is None


def test_accepting_closes_the_incident_and_writes_the_row_with_it_once(stormy):
    sent = pressed(filled_in("not_about_us", 1, 1, exclude="bank sampah"))
    for _ in range(2):
        keep(stormy, "slack", sent, minutes(8))
        answer_presses(stormy, minutes(8), minutes(8), lambda who, group: False)
    with stormy.db.read() as tx:
        (row,) = exclusions(tx, [BRAND.slug])
    assert (incident(stormy).state, incident(stormy).not_a_crisis) == ("resolved", True)
    assert (row.words, row.who, row.incident) == ("bank sampah", "rina", 1)
    assert told(stormy)[-1] == "i1:not_a_crisis:2"


def test_without_words_only_the_incident_is_closed_and_a_press_too_late_leaves_nothing_out(stormy):
    for view, fields in (("V1", {}), ("V2", {"exclude": "bank sampah"})):
        sent = pressed(filled_in("not_about_us", 1, 1, view=view, **fields))
        keep(stormy, "slack", sent, minutes(8))
        answer_presses(stormy, minutes(8), minutes(8), lambda who, group: False)
    assert incident(stormy).not_a_crisis
    with stormy.db.read() as tx:
        assert exclusions(tx, [BRAND.slug]) == []


def test_a_brand_with_hardly_any_past_is_offered_nothing(stormy):
    assert (
        proposals(stormy, replace(incident(stormy), since=NOON - BUCKET * 8 * 95), minutes(8)) == []
    )


def test_the_command_lists_adds_shows_and_takes_back(tmp_path):
    config = tmp_path / "siaga.yaml"
    config.write_text("brands: [{slug: kopi, name: Kopi Senja, query: kopi}]\n")
    assemble(Settings(), database_url=f"sqlite:///{tmp_path / 'siaga.db'}").db.close()

    def siaga(*words):
        done = CliRunner().invoke(
            main_group, ["exclusions", *words], env={"SIAGA_CONFIG": str(config)}
        )
        return done.output if done.exit_code == 0 else str(done.exception)

    assert siaga() == "No words are left out.\n"
    assert "1: 'bank sampah' is left out of kopi" in siaga(
        "add", "kopi", "Bank Sampah", "--who", "rina"
    )
    assert "left out already" in siaga("add", "kopi", "bank sampah")
    assert "1  kopi  'bank sampah'  since" in siaga()
    assert "left out in the last 7 days: 0" in siaga("show", "1")
    assert "There is no brand teh; there are: kopi" in siaga("add", "teh", "x")
    assert "has ended" in siaga("end", "1")
    assert "There is no exclusion 1 that holds" in siaga("end", "1")
    assert "ended" in siaga("--all")

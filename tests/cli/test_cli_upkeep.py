"""`siaga digest` and `siaga prune`, as a person uses them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner
from fakes.smtp_relay import mail_relay
from sqlalchemy import select

from monitor.cli.main import main_group
from monitor.clock import utc_now
from monitor.model import Standing
from monitor.problems import Problem
from monitor.store.engine import Database
from monitor.store.meta import put_meta
from monitor.store.own_content import put_standings
from monitor.store.schema import prepare
from monitor.store.tables.listening import BrandRow, MentionRow

BRAND = """
version: 1
brands:
  - slug: senja
    name: Kopi Senja
    query: senja
    digest: {to: [rina@example.com]}
"""


@pytest.fixture
def folder(tmp_path):
    """A config and a database with one mention from long ago."""
    (tmp_path / "siaga.yaml").write_text(BRAND)
    db = Database(f"sqlite:///{tmp_path / 'siaga.db'}")
    prepare(db)
    old = utc_now() - timedelta(days=200)
    with db.write() as tx:
        tx.add(BrandRow(slug="senja", first_bucket=old))
        tx.add(
            MentionRow(
                dedup_at=old,
                platform="x",
                external_id="1",
                published_at=old,
                stored_at=old,
                text="kopi senja",
                kind="post",
            )
        )
    db.close()
    return tmp_path


def siaga(folder, *words):
    return CliRunner().invoke(main_group, [*words, "--config", str(folder / "siaga.yaml")])


def texts(folder):
    db = Database(f"sqlite:///{folder / 'siaga.db'}")
    with db.read() as tx:
        found = list(tx.scalars(select(MentionRow.text)))
    db.close()
    return found


def test_prune_says_what_would_go_and_then_takes_it(folder):
    tried = siaga(folder, "prune", "--dry-run")
    assert "1 mention would lose" in tried.output
    assert texts(folder) == ["kopi senja"]
    assert "1 mention lost" in siaga(folder, "prune").output
    assert texts(folder) == [""]


def test_a_digest_is_shown_without_a_mail_relay_and_nothing_is_promised(folder):
    shown = siaga(folder, "digest", "--dry-run", "--brand", "senja")
    assert shown.exit_code == 0, shown.output
    assert "Kopi Senja" in shown.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--dry-run", "--brand", "nobody"), "There is no brand nobody; there are: senja."),
        (("--dry-run", "--week", "soon"), "soon is no week; write one such as 2026-W11."),
        (("--week", "2026-W11"), "never mailed again"),
        (("--dry-run", "--week", "2101-W11"), "2101-W11 is not over yet"),
        ((), "E-mail is off"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(folder, words, sentence):
    result = siaga(folder, "digest", *words)
    assert isinstance(result.exception, Problem)
    assert sentence in str(result.exception)


def test_what_is_due_is_mailed_once(folder):
    with mail_relay() as relay:
        email = f"email: {{enabled: true, host: 127.0.0.1, port: {relay.port}, security: none}}\n"
        (folder / "siaga.yaml").write_text(BRAND + email)
        first = siaga(folder, "digest")
        again = siaga(folder, "digest")
        assert relay.to == ["rina@example.com"]
    assert "1 digest became due; 1 message sent now." in first.output
    assert "0 digests became due; 0 messages sent now." in again.output


def test_status_lists_the_content_that_a_platform_does_not_let_run(folder):
    db = Database(f"sqlite:///{folder / 'siaga.db'}")
    now = utc_now()
    with db.write() as tx:
        ad = Standing("instagram", "77", "ad", "disapproved", "Alcohol\x1b[31m", now)
        put_standings(tx, "senja", [ad, Standing("youtube", "v1", "post", "live")], now)
    db.close()
    told = siaga(folder, "status").output
    assert "Instagram ad 77 disapproved since " in told
    assert ": Alcohol" in told
    assert "\x1b" not in told
    assert "v1" not in told


def test_sources_that_no_daemon_has_taken_up_are_not_called_missing(folder):
    source = "    sources: [{connector: rss, name: news, options: {google_news: senja}}]\n"
    assert "! no source is configured" in siaga(folder, "status").output
    (folder / "siaga.yaml").write_text(BRAND + source)
    told = siaga(folder, "status")
    assert told.exit_code == 1
    assert "no source is configured" not in told.output
    assert "! no daemon has taken up the sources of the config yet" in told.output


def test_that_no_incident_is_open_is_no_calm_where_nothing_is_watched(folder):
    told = siaga(folder, "incident", "list").output
    assert told.splitlines()[0] == "No incident is open."
    assert "! no daemon runs, so nothing is watched" in told
    ill = {"failing": ["poll"], "loops": {"poll": {"last_error": "its disk is full"}}}
    db = Database(f"sqlite:///{folder / 'siaga.db'}")
    with db.write() as tx:
        put_meta(tx, "heartbeat", {"at": utc_now().isoformat(), **ill})
    db.close()
    told = siaga(folder, "incident", "list").output
    assert "! its disk is full (fails again and again: poll)" in told
    assert "no daemon" not in told

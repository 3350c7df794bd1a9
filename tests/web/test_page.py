"""The read-only page and /healthz: what they show, and that strangers' words stay words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.crisis import BRAND, NOON, watching
from sqlalchemy import update
from starlette.testclient import TestClient

from alerting.i18n import Localizer
from alerting.messages.codec import pack
from alerting.model import Notice, Quote
from monitor.jobs.views.listening import Listening
from monitor.jobs.views.overview import overview
from monitor.model import ANY, OwnPost, Standing
from monitor.settings.model import Settings
from monitor.store.outbox.write import enqueue
from monitor.store.own_content import put_own_posts, put_standings
from monitor.store.sources import Wanted, source_states, sync
from monitor.store.tables.listening import BrandRow, DetectorRow, SourceRow
from monitor.store.tables.responding import IncidentRow
from monitor.web.app import make_web
from monitor.web.heard import by_source
from monitor.web.pages import language_of

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202e"


def client_of(app, status=None):
    web = make_web(lambda: app, lambda: status or {})
    return TestClient(web, base_url="http://127.0.0.1:8340")


@pytest.fixture
def app(database_url):
    made = watching(database_url)
    yield made
    made.db.close()


def open_incident(app):
    notice = Notice(
        kind="incident",
        severity="SEV1",
        headline=f"SEV1 · Kopi Senja {EVIL}",
        summary=f"many {EVIL}",
        fields=(("Risk", EVIL),),
        why=EVIL,
        quotes=(
            Quote(text=f"basi {EVIL}", author=f"@contoh {EVIL}", url="javascript:alert(3)"),
            Quote(text="sakit", author="@contoh_2", url="https://x.example/i/1", at=NOON),
        ),
    )
    with app.db.write() as tx:
        incident = IncidentRow(
            brand=BRAND.slug,
            risk_class="reputation",
            severity="SEV1",
            since=NOON,
            opened_at=NOON,
            last_signal_at=NOON,
            playbook={},
            facts={},
        )
        tx.add(incident)
        tx.flush()
        enqueue(
            tx,
            key=f"i{incident.id}:root",
            channel="console",
            destination="console",
            payload=pack(notice),
            severity="SEV1",
            created_at=NOON,
            due_at=NOON,
            incident_id=incident.id,
        )
        return incident.id


def a_source(app, **values):
    wanted = Wanted(BRAND.slug, "rss", "news", "news", timedelta(0), timedelta(minutes=5), None)
    with app.db.write() as tx:
        sync(tx, [BRAND.slug], [wanted], NOON, NOON)
        tx.flush()
        row = tx.get_one(SourceRow, source_states(tx)[0].id)
        for name, value in values.items():
            setattr(row, name, value)


def test_what_strangers_wrote_is_shown_as_text_and_never_runs(app):
    open_incident(app)
    page = client_of(app).get("/").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert "<img" not in page
    assert "javascript:" not in page
    assert "\u202e" not in page.partition("blockquote")[2]
    assert 'href="https://x.example/i/1"' in page


def test_nothing_may_be_loaded_from_elsewhere_or_framed(app):
    response = client_of(app).get("/")
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "style=" not in response.text


def test_an_open_incident_says_how_to_acknowledge_it(app):
    number = open_incident(app)
    page = client_of(app).get("/").text
    assert f"siaga incident ack {number}" in page
    assert "nobody has acknowledged it" in page


def test_the_page_speaks_the_readers_language(app):
    client = client_of(app)
    page = client.get("/", headers={"accept-language": "id-ID,id;q=0.9,en;q=0.8"}).text
    assert '<html lang="id">' in page
    assert "Tidak ada yang terbuka" in page or "Insiden" in page
    assert '<html lang="en">' in client.get("/", headers={"accept-language": "fr"}).text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("id", "id"),
        ("en;q=0.3, id;q=0.8", "id"),
        ("id;q=0, en", "en"),
        ("*", "en"),
        (";;;q=x,,", "en"),
        ("de-AT, id-ID;q=0.1", "id"),
    ],
)
def test_the_best_language_wins(header, language):
    assert language_of(header) == language


def test_a_blind_source_and_what_is_being_learned_are_shown(app):
    a_source(
        app,
        health="blind",
        health_since=NOON,
        health_kind="token",
        health_reason="The token was refused.",
    )
    until = NOON + timedelta(days=2)
    with app.db.write() as tx:
        tx.get_one(BrandRow, BRAND.slug).closed_until = NOON
        tx.add(
            DetectorRow(
                brand=BRAND.slug,
                platform="all",
                name="volume",
                folded_until=NOON,
                learning_until=until,
                state={},
            )
        )
    page = client_of(app).get("/").text
    assert "rss/news" in page
    assert "The token was refused." in page
    assert "learning until 6 Mar" in page


def test_without_any_brand_it_says_how_to_begin(database_url):
    app = watching(database_url, settings=Settings())
    app = replace(app, brands={})
    response = client_of(app).get("/")
    assert response.status_code == 200
    assert "siaga.example.yaml" in response.text
    app.db.close()


def test_healthz_is_well_though_somebody_should_look(app):
    a_source(app, health="blind", health_since=NOON, health_reason="The token was refused.")
    socket = {"heard_s": None, "last_error": "Slack refuses a connection for clicks (invalid_auth)"}
    status = {"config_error": "line 3: no such key", "slack_socket": socket}
    response = client_of(app, status).get("/healthz")
    assert response.status_code == 200
    body = response.json()
    assert body["ok"] is True
    assert any("buttons in Slack are not heard: Slack refuses" in it for it in body["attention"])
    assert body["sources"]["blind"] == 1
    assert any("The token was refused." in line for line in body["attention"])
    assert any("line 3" in line for line in body["attention"])


def test_healthz_is_not_well_while_a_loop_is_stuck(app):
    response = client_of(app, {"stuck": ["evaluate"]}).get("/healthz")
    assert response.status_code == 503
    assert "evaluate" in response.json()["reasons"][0]


def test_without_a_database_page_and_healthz_say_so_in_a_sentence(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    app = watching(f"sqlite:///{folder / 'siaga.db'}")
    app.db.close()
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    client = client_of(app)
    health = client.get("/healthz")
    assert health.status_code == 503
    assert "cannot be opened" in health.json()["reasons"][0]
    page = client.get("/")
    assert page.status_code == 503
    assert "cannot be opened" in page.text


@pytest.mark.parametrize("path", ["/", "/healthz"])
def test_nothing_can_be_changed_from_outside(app, path):
    assert client_of(app).post(path).status_code == 405


def test_there_is_no_page_that_nobody_asked_for(app):
    for path in ("/docs", "/openapi.json", "/redoc", "/style.css/../app.py"):
        assert client_of(app).get(path).status_code == 404


def judge(app, *standings):
    with app.db.write() as tx:
        video = OwnPost("youtube", "v1", NOON, "video", url="https://youtu.be/v1", title=EVIL)
        put_own_posts(tx, BRAND.slug, [video], NOON)
        put_standings(tx, BRAND.slug, standings, NOON)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Own content that needs a look", "claimed by somebody", "disapproved")),
        ("id", ("Konten sendiri yang perlu dilihat", "diklaim pihak lain", "tidak disetujui")),
    ],
)
def test_a_claimed_video_and_a_disapproved_ad_are_listed_and_what_is_live_is_not(
    app, language, words
):
    judge(
        app,
        Standing("youtube", "v1", "post", "claimed", f"Content ID {EVIL}"),
        Standing("instagram", "ad-77", "ad", "disapproved"),
        Standing("x", "acc", "account", "live"),
    )
    page = client_of(app).get("/", headers={"accept-language": language}).text
    assert all(word in page for word in words)
    assert "Content ID" in page
    assert 'href="https://youtu.be/v1"' in page
    assert "ad-77" in page
    assert "<script" not in page
    assert "acc<" not in page


def test_nothing_is_listed_where_all_is_as_it_should_be(app):
    judge(app, Standing("youtube", "v1", "post", "live"))
    assert "Own content" not in client_of(app).get("/").text


def test_a_file_of_many_platforms_brought_what_was_heard_on_all_of_them(app):
    say = Localizer("en", "Asia/Jakarta")
    played = Wanted(ANY, "replay", "file", ANY, timedelta(0), timedelta(minutes=5), None)
    with app.db.write() as tx:
        sync(tx, [BRAND.slug], [played], NOON, NOON)
        tx.execute(update(SourceRow).values(polled_until=NOON))
    heard = {(BRAND.slug, "x"): 12, (BRAND.slug, "tiktok"): 3}
    shown = by_source(overview(app, NOON, NOON), Listening({}, heard, ()), say)
    assert list(shown.values()) == ["15 mentions in 7 days"]

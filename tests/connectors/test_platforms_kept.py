"""All of a platform's way into the database: killed at every page, two accounts beside each other,
and what must not lie there in the clear."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.lines import clock_of, poll_due
from fakes.real_sources import Real, app_of, source
from sqlalchemy import select
from test_contract_facebook import TestFacebookContract as Facebook
from test_contract_instagram import TestInstagramContract as Instagram
from test_contract_linkedin import TestLinkedInContract as LinkedIn
from test_contract_threads import TestThreadsContract as Threads
from test_contract_tiktok import TestTikTokContract as TikTok
from test_contract_x import TestXContract as X
from test_contract_youtube import TestYouTubeContract as YouTube

from connectors.base import Connector, Cursor, Page, SourceSpec
from connectors.kit.fake_platform import FakePlatform, Item
from connectors.kit.loopback import JSON, LoopbackServer, Reply, Request
from connectors.platform_testing import PlatformContract
from monitor.app import App
from monitor.jobs.poll.poll import LEASE
from monitor.settings.model import SourceSettings
from monitor.store.source_state import SourceState
from monitor.store.sources import source_states, spent_by_source
from monitor.store.tables.listening import MentionRow

SUITES = (Facebook, Instagram, LinkedIn, Threads, TikTok, X, YouTube)
OTHER = "the-other-token-of-the-test"


class Killed(BaseException):
    """The process dies here."""


class Mortal(Real):
    """Sources whose process dies after so many pages of a poll; None: it lives."""

    dies_after: int | None = None

    def connector(self, source: SourceSettings) -> Connector:
        made, script = super().connector(source), self

        class Dying:
            info = made.info
            options = getattr(made, "options", None)

            def fetch(self, asked: SourceSpec, cursor: Cursor | None) -> Iterator[Page]:
                for number, page in enumerate(made.fetch(asked, cursor)):
                    if number == script.dies_after:
                        raise Killed
                    yield page

        return Dying()


def named(suite: type[PlatformContract]) -> str:
    return suite.connector.split(".")[1]


def token_of(suite: type[PlatformContract]) -> str:
    return str(suite.secrets.get("token") or suite.secrets["key"])


def options_of(suite: type[PlatformContract]) -> dict[str, Any]:
    return {name: list(v) if isinstance(v, tuple) else v for name, v in suite.options.items()}


def of_pagi(item: Item) -> Item:
    """The same of another account, at another time (an id on X is its time)."""
    words, at = item.text.replace("senja", "pagi"), item.at - timedelta(seconds=7)
    return replace(item, id=f"9{item.id[1:]}", text=words, at=at)


def new_in(contract: PlatformContract, fake: FakePlatform, n: int) -> Item:
    return replace(contract.new_item(fake, n), text=f"kopi senja baru {n}")


def forward(app: App, by: timedelta) -> None:
    clock_of(app).advance_to(app.now() + by)


def stored(app: App) -> list[str]:
    with app.db.read() as tx:
        return sorted(tx.scalars(select(MentionRow.external_id)))


@pytest.mark.parametrize("suite", SUITES, ids=named)
def test_killed_at_every_page_of_a_poll_leaves_no_hole_and_nothing_twice(
    suite: type[PlatformContract], tmp_path: Path
) -> None:
    contract = suite()
    fake = contract.platform()
    with contract.running(fake) as base:
        one = source(named(suite), "s", base, **options_of(suite))
        url = f"sqlite:///{tmp_path / 'siaga.db'}"
        app = app_of(url, {"senja": [one]}, {"s": token_of(suite)}, fake.now)
        more = {name: value for name, value in suite.secrets.items() if name == "app_secret"}
        mortal = Mortal({"s": token_of(suite)}, **more)
        app = replace(app, connector_for=mortal.connector)
        killed = 0
        for n in range(30):
            mortal.dies_after = n
            try:
                (polled,) = poll_due(app)
            except Killed:
                killed += 1
            else:
                assert polled.error == ""
                break
            forward(app, LEASE + timedelta(seconds=1))
            fake.now = app.now()
            if n % 3 == 1:  # life goes on meanwhile
                fake.items.append(new_in(contract, fake, n))
        assert killed >= 3
        mortal.dies_after = None
        forward(app, timedelta(minutes=20))
        fake.now = app.now()
        (polled,) = poll_due(app)
        assert polled.error == ""
    assert stored(app) == sorted(contract.expected(item)["external_id"] for item in fake.items)
    app.db.close()


@dataclass
class Other:
    """Another account of a platform, with a token of its own; ``refuses`` it from then on."""

    fake: FakePlatform
    token: str
    refuses: bool = False

    def __call__(self, asked: Request) -> Reply:
        if asked.path.endswith("/incident/rss/"):  # TikTok's own list, asked for without a token
            return Reply("<rss/>")
        told = str(asked.headers) + str(asked.params)
        assert OTHER in told
        assert self.token not in told, "the other account's token"
        if self.refuses:
            return Reply({"error": {"code": 190, "message": "no"}, "code": 40105}, 401, dict(JSON))
        mine = {OTHER: self.token}
        headers, params = _in(asked.headers, mine), _in(asked.params, mine)
        return self.fake(replace(asked, headers=headers, params=params))


def sources_of(app: App) -> dict[str, SourceState]:
    with app.db.read() as tx:
        return {one.name: one for one in source_states(tx)}


@pytest.mark.parametrize("suite", SUITES, ids=named)
def test_two_accounts_of_two_brands_do_not_disturb_each_other(
    suite: type[PlatformContract], tmp_path: Path
) -> None:
    contract, name, options = suite(), named(suite), options_of(suite)
    first, second = contract.platform(), contract.platform()
    second.items = [of_pagi(item) for item in second.items[:7]]
    other = Other(second, token_of(suite))
    with LoopbackServer(first) as one, LoopbackServer(other) as two:
        sources = {
            "senja": [source(name, "a", one.url, **options)],
            "pagi": [source(name, "b", two.url, **options)],
        }
        url = f"sqlite:///{tmp_path / 'siaga.db'}"
        app = app_of(url, sources, {"a": token_of(suite), "b": OTHER}, first.now)
        assert [polled.error for polled in poll_due(app)] == ["", ""]
        ids = [contract.expected(item)["external_id"] for item in (*first.items, *second.items)]
        assert stored(app) == sorted(ids)
        before = sources_of(app)
        with app.db.read() as tx:
            spent = spent_by_source(tx, first.now.date().isoformat())
        assert not spent or set(spent) == {before["a"].id, before["b"].id}
        other.refuses = True
        forward(app, timedelta(minutes=20))
        first.now = second.now = app.now()
        first.items.append(new := new_in(contract, first, 1))
        assert [bool(polled.error) for polled in poll_due(app)] == [False, True]
        after = sources_of(app)
    assert (after["a"].health, after["b"].health) == ("ok", "blind")
    assert after["b"].cursor == before["b"].cursor
    assert contract.expected(new)["external_id"] in stored(app)
    app.db.close()


def _in(told: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    changed = {}
    for name, value in told.items():
        for old, new in changes.items():
            value = value.replace(old, new)
        changed[name] = value
    return changed


@pytest.mark.parametrize("suite", SUITES, ids=named)
def test_no_secret_and_no_signed_address_is_in_a_log_an_error_or_the_database(
    suite: type[PlatformContract], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    contract = suite()
    fake = contract.platform()
    secrets = [*suite.secrets.values(), "planted-signature-0123456789"]
    signed = f"https://cdn.example/x.jpg?sig={secrets[-1]}&access_token={secrets[0]}"
    fake.change = lambda body: _with(body, signed)
    with contract.running(fake) as base:
        one = source(named(suite), "s", base, **options_of(suite))
        more: dict[str, Any] = {
            name: value for name, value in suite.secrets.items() if name == "app_secret"
        }
        url = f"sqlite:///{tmp_path / 'siaga.db'}"
        app = app_of(url, {"senja": [one]}, {"s": token_of(suite)}, fake.now, **more)
        (polled,) = poll_due(app)
        assert polled.error == ""
        said = f"no such thing: {signed} {' '.join(secrets[:-1])}"
        body: dict[str, Any] = {
            "error": {"code": 100, "message": said, "errors": []},
            "message": said,
        }
        body |= {"code": 40002, "detail": said, "title": said}
        status = 200 if named(suite) == "tiktok" else 400
        fake.change = lambda body: body
        fake.faults = dict.fromkeys(range(1, 400), Reply(body, status, dict(JSON)))
        forward(app, timedelta(hours=7))
        fake.now = app.now()
        (polled,) = poll_due(app)
        assert polled.error
        with app.db.read() as tx:
            states = json.dumps([s.health_reason for s in source_states(tx)])
        app.db.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in secrets:
        assert secret not in polled.error + caplog.text + states
        assert secret.encode() not in kept


def _with(body: Any, signed: str) -> Any:
    """The body with an address in each of its objects that nobody asked for."""
    if isinstance(body, list):
        return [_with(one, signed) for one in body]
    if not isinstance(body, dict):
        return body
    changed = {name: _with(value, signed) for name, value in body.items()}
    return changed | {"media_url": signed} if "id" in body or "comment_id" in body else changed

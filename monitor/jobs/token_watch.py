"""Tokens looked at once a day, where the platform tells how they stand: that one is not valid any
more, ends soon, or has lost permissions is told before nothing is heard."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.base import ConnectorError
from connectors.kit.oauth import Provider, TokenState
from connectors.kit.providers import PROVIDERS
from connectors.registry import UnknownConnector, get
from monitor.app import App
from monitor.jobs.announce import announce
from monitor.jobs.respond.routing import localizer_for
from monitor.jobs.tokens import client_of, tell_end
from monitor.model import ANY
from monitor.problems import Problem
from monitor.settings.secrets import secret
from monitor.store import tokens as store
from monitor.store.engine import Transaction
from monitor.store.meta import get_meta, put_meta
from monitor.store.outbox.keys import permissions_lost
from monitor.store.tokens import StoredToken

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Watched:
    """A token that can be asked about. ``token`` of one from the environment is in no table; its
    account is its variable."""

    provider: Provider
    token: StoredToken
    access: str
    stored: bool

    @property
    def note(self) -> str:
        """Where it is kept when it was looked at, and with which permissions."""
        return f"token_looked:{self.provider.name}:{self.token.account}"


def watch_tokens(app: App, now: datetime, wall: datetime) -> int:
    """Ask about every token that was not asked about for a day. How many messages were promised."""
    told = 0
    for one in _watched(app, wall):
        with app.db.read() as tx:
            before = get_meta(tx, one.note) or {}
        if before and wall - datetime.fromisoformat(before["at"]) < EVERY:
            continue
        try:
            assert one.provider.look is not None
            state = one.provider.look(one.provider, client_of(one.provider), one.access, wall)
        except (ConnectorError, Problem) as error:
            log.info("%s does not say how a token stands: %s", one.provider.title, error)
            with app.db.write() as tx:  # as it was, asked again tomorrow
                put_meta(tx, one.note, {**before, "at": wall.isoformat()})
            continue
        told += _took(app, one, state, set(before.get("scopes") or ()), now, wall)
    if told:
        app.wake()
    return told


def _watched(app: App, wall: datetime) -> Iterator[_Watched]:
    with app.db.read() as tx:
        known = store.tokens(tx)
    for token in known:
        provider = PROVIDERS.get(token.provider)
        if provider and provider.look:
            access = str(json.loads(app.vault().open(token.sealed))["access"])
            yield _Watched(provider, token, access, stored=True)
    yield from _from_environment(app, {token.provider for token in known}, wall)


def _from_environment(app: App, stored: set[str], wall: datetime) -> Iterator[_Watched]:
    """The tokens of sources that have no stored one; each once."""
    seen: set[str] = set()
    names = {source.connector for brand in app.settings.brands for source in brand.sources}
    for name in sorted(names):
        try:
            info = get(name).info
            variable = info.secrets.get("token", "")
            access = secret(variable) if variable else ""
        except (UnknownConnector, Problem):
            continue
        looking = (PROVIDERS[p] for p in info.oauth if p in PROVIDERS and p not in stored)
        provider = next((p for p in looking if p.look), None)
        if provider and access and access not in seen and secret(provider.id_variable):
            seen.add(access)
            token = StoredToken(provider.name, variable, variable, "", "", False, None, None, wall)
            yield _Watched(provider, token, access, stored=False)


def _took(
    app: App, one: _Watched, state: TokenState, before: set[str], now: datetime, wall: datetime
) -> int:
    """Write down how a token stands, and promise what is to be told of it."""
    ends_at, failure = state.ends_at, ""
    if not state.valid:
        ends_at = min(ends_at or wall, wall)
        failure = f"{one.provider.title} says that the token is not valid any more. {state.why}"
    lost = sorted(before - state.scopes) if state.valid and state.scopes else []
    kept = sorted(state.scopes or before)
    told = 0
    with app.db.write() as tx:
        put_meta(tx, one.note, {"at": wall.isoformat(), "scopes": kept})
        if one.stored:
            store.token_looked(tx, one.token, ends_at, failure.strip())
        if lost:
            told += _tell_lost(app, tx, one, lost, now, wall)
    if not one.stored and ends_at is not None:
        token = replace(one.token, ends_at=ends_at, failure=failure.strip())
        told += tell_end(app, token, ends_at, now, wall)
    return told


def _tell_lost(
    app: App, tx: Transaction, one: _Watched, lost: list[str], now: datetime, wall: datetime
) -> bool:
    say, scopes = localizer_for(app, ANY), ", ".join(lost)
    headline = say._(
        "{platform} has taken permissions from {account}",
        platform=one.provider.title,
        account=one.token.title,
    )
    summary = say._(
        "Gone: {scopes}. What they open is not heard any more. Connect it anew: "
        "`siaga connect {provider}`.",
        scopes=scopes,
        provider=one.provider.name,
    )
    day = wall.date().isoformat()
    key = permissions_lost(one.provider.name, one.token.account, scopes, day)
    return announce(app, tx, key, headline, summary, now, severity="SEV3")

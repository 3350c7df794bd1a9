"""Tokens that platforms renew: kept fresh, and people told a week before one ends for good."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta

from connectors.base import ConnectorError, Rejected, Unauthorized
from connectors.kit.oauth import Client, Grant, Provider
from connectors.kit.providers import PROVIDERS
from monitor.app import App, Opened
from monitor.jobs.announce import announce
from monitor.jobs.respond.routing import localizer_for
from monitor.model import ANY
from monitor.problems import Problem
from monitor.settings.secrets import secret
from monitor.settings.vault import Vault
from monitor.store import tokens as store
from monitor.store.outbox.keys import token_ends
from monitor.store.tokens import StoredToken

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=2)
"""How long one process has to renew a token before another may try: longer than a request lasts."""

AHEAD = (timedelta(days=7), timedelta(days=1))
"""How long before its end people are told of a token that only they can renew."""

LEFT = 4
"""A token is renewed when a quarter of its life is left: a day's after eighteen hours."""


def client_of(provider: Provider, redirect: str = "") -> Client:
    """Our app at a platform, from the environment. Raises Problem where it is not named."""
    identity, key = secret(provider.id_variable), secret(provider.secret_variable)
    if not identity:
        raise Problem(
            f"{provider.title} must know our app: set {provider.id_variable} and "
            f"{provider.secret_variable} (see {provider.docs})"
        )
    return Client(identity, key, redirect)


def keep(
    app: App | Opened, provider: Provider, grant: Grant, wall: datetime, vault: Vault
) -> StoredToken:
    """Store a grant in place of the account's earlier one, sealed."""
    sealed = vault.seal(json.dumps({"access": grant.access, "refresh": grant.refresh}))
    token = StoredToken(
        provider=provider.name,
        account=grant.account,
        title=grant.title or grant.account,
        sealed=sealed,
        scopes=grant.scopes,
        renewable=bool(provider.renew and grant.refresh),
        expires_at=grant.expires_at,
        ends_at=grant.ends_at,
        obtained_at=wall,
    )
    with app.db.write() as tx:
        store.put_token(tx, token)
    return token


def keep_fresh(app: App, wall: datetime) -> int:
    """Renew every token of which a quarter of its life is left. How many were renewed.

    A platform that is down is asked again in the next round; a grant that it refuses for good is
    told to people like one that ends.
    """
    with app.db.read() as tx:
        candidates = [token for token in store.tokens(tx) if _due(token, wall)]
    return sum(_renew(app, token, wall) for token in candidates)


def tell_ends(app: App, now: datetime, wall: datetime) -> int:
    """Promise a message for every token that ends within a week and that only a person can renew;
    once, and once more on the last day. How many were promised."""
    with app.db.read() as tx:
        found = [(token, end) for token in store.tokens(tx) if (end := _end(token)) is not None]
    told = 0
    for token, end in found:
        told += tell_end(app, token, end, now, wall)
    if told:
        app.wake()
    return told


def tell_end(app: App, token: StoredToken, end: datetime, now: datetime, wall: datetime) -> bool:
    """Promise a message of a token's end, if that is within a week; False where that is promised
    already or not due."""
    passed = [ahead for ahead in AHEAD if end - wall <= ahead]
    return bool(passed) and _tell(app, token, end, min(passed), now)


def _due(token: StoredToken, wall: datetime) -> bool:
    if not token.renewable or token.expires_at is None:
        return False
    life = token.expires_at - token.obtained_at
    return token.expires_at - wall <= life / LEFT


def _end(token: StoredToken) -> datetime | None:
    """When a person must have connected anew; None where nobody need."""
    ends = [] if token.renewable else [token.expires_at]
    known = [end for end in (*ends, token.ends_at) if end is not None]
    return min(known) if known else None


def _renew(app: App, token: StoredToken, wall: datetime) -> bool:
    provider = PROVIDERS.get(token.provider)
    if provider is None or provider.renew is None:
        return False
    with app.db.write() as tx:
        if not store.claim_token(tx, token, wall, wall + CLAIM):
            return False
    try:
        vault = app.vault()
        grant = _grant(token, vault)
        renewed = provider.renew(provider, client_of(provider), grant, wall)
    except (ConnectorError, Problem) as error:
        dead = isinstance(error, Unauthorized | Rejected)
        with app.db.write() as tx:
            store.token_failed(tx, token, wall, str(error), dead=dead)
        log.warning("%s: the token of %s was not renewed: %s", provider.title, token.title, error)
        return False
    keep(app, provider, renewed, wall, vault)
    log.info("the token of %s for %s was renewed", token.title, token.provider)
    return True


def _grant(token: StoredToken, vault: Vault) -> Grant:
    told = json.loads(vault.open(token.sealed))
    return Grant(
        access=told["access"],
        refresh=told["refresh"],
        expires_at=token.expires_at,
        ends_at=token.ends_at,
        scopes=token.scopes,
        account=token.account,
        title=token.title,
    )


def _tell(app: App, token: StoredToken, end: datetime, ahead: timedelta, now: datetime) -> bool:
    say = localizer_for(app, ANY)
    title = PROVIDERS[token.provider].title if token.provider in PROVIDERS else token.provider
    headline = say._(
        "The access to {platform} for {account} ends {when}",
        platform=title,
        account=token.title,
        when=say.moment(end, now),
    )
    summary = say._(
        "From then on nothing is heard there. Connect it anew: `siaga connect {provider}`.",
        provider=token.provider,
    )
    why = [token.failure] if token.failure else []
    key = token_ends(token.provider, token.account, end, ahead)
    with app.db.write() as tx:
        return announce(app, tx, key, headline, " ".join([summary, *why]), now, severity="SEV3")

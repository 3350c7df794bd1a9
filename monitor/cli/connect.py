"""``siaga connect``: let a platform grant access to an account, by a person's consent."""

from __future__ import annotations

import secrets as random
import webbrowser
from datetime import datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import click

from alerting.channels.sanitize import clean
from connectors.base import ConnectorError
from connectors.kit.oauth import Client, Grant, Provider
from connectors.kit.providers import PROVIDERS
from monitor.app import Opened, key_folder
from monitor.cli.language import _, told
from monitor.cli.opened import opened_config
from monitor.cli.options import config_option, utc
from monitor.jobs.tokens import client_of, keep
from monitor.problems import Problem
from monitor.runtime.logs import quiet_logging
from monitor.settings.vault import vault
from monitor.store.tokens import drop_token, tokens

PATH = "/callback"
WAIT_S = 300.0
"""How long a person has to consent."""


@click.command()
@config_option
@click.argument("platform", required=False, type=click.Choice(list(PROVIDERS)))
@click.option("--paste", is_flag=True, help="No browser on this machine: paste the last address.")
@click.option("--port", default=8765, show_default=True, help="Of the address consent returns to.")
@click.option("--redirect", default="", help="Another address that the app knows (with --paste).")
@click.option("--forget", metavar="ACCOUNT", help="Forget the token of an account.")
def connect(
    config: Path | None,
    platform: str | None,
    paste: bool,
    port: int,
    redirect: str,
    forget: str | None,
) -> None:
    """Connect an account of PLATFORM; without one, show which are connected and until when.

    Our app's id and secret come from the environment (META_APP_ID …). What is granted is stored
    sealed and renewed before it ends.
    """
    quiet_logging()
    reads = platform is None or forget is not None
    with opened_config(config, create=True, reads=reads, brandless=True) as opened:
        if platform is None:
            _show(opened)
            return
        provider = PROVIDERS[platform]
        if forget is not None:
            with opened.db.write() as tx:
                gone = drop_token(tx, platform, forget)
            unknown = _("There is no token of {account}.", account=repr(forget))
            click.echo(_("It is forgotten.") if gone else unknown)
            return
        client = client_of(provider, redirect or f"http://localhost:{port}{PATH}")
        box = vault(key_folder(opened), create=True)  # before a code is used up that is good once
        grants = _granted(provider, client, port, paste or bool(redirect), opened.wall())
        for grant in grants:
            token = keep(opened, provider, grant, opened.wall(), box)
            who = clean(f"{token.title} ({token.account})")
            until = _until(token.expires_at)
            click.echo(_("{who} is connected{until}.", who=who, until=until))


def _granted(
    provider: Provider, client: Client, port: int, paste: bool, wall: datetime
) -> list[Grant]:
    """Ask for consent and exchange what comes back. Raises Problem with what to do."""
    state, verifier = random.token_urlsafe(24), random.token_urlsafe(64)
    address = provider.consent(client, state, verifier)
    if paste:
        click.echo(_("Open this address, consent, and copy the address it ends at:"))
        click.echo(f"\n{address}\n")
        came = click.prompt(_("The address"), hide_input=True)
    else:
        came = _returned(address, port)
    code = code_of(came, state)
    try:
        return provider.exchange(provider, client, code, verifier, wall)
    except ConnectorError as error:
        raise Problem(str(error)) from None


def code_of(address: str, state: str) -> str:
    """The code in the address that consent returned to. Raises Problem where it was refused, or
    where it is not an answer to what we asked (``state``)."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address.strip()).query).items()}
    if not asked:
        raise Problem(
            "that is not an answer to this question; copy the whole address, from http on"
        )
    if error := asked.get("error_description") or asked.get("error"):
        said = "".join(c for c in error[:200] if c.isprintable())
        raise Problem(f"consent was refused: {said}")
    if not random.compare_digest(asked.get("state", "").encode(), state.encode()):
        raise Problem("that address is not an answer to this question; begin again")
    code = asked.get("code") or asked.get("auth_code") or ""
    if not code:
        raise Problem("that address holds no code; copy it whole")
    return code.removesuffix("#_")  # Meta's ends so


def _returned(address: str, port: int) -> str:
    """Open a browser, and wait for it to come back to this machine. Browsers open connections ahead
    and say nothing on them: each is answered by itself."""
    came: SimpleQueue[str] = SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            mine = urlsplit(self.path).path == PATH
            self.send_response(200 if mine else 404)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            if mine:
                said = escape("Siaga has heard it. You may close this window. / Sudah diterima.")
                self.wfile.write(f"<!doctype html><title>Siaga</title><p>{said}</p>".encode())
                came.put(self.path)

        def log_message(self, *_: object) -> None: ...  # the address holds the code

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError:
        raise Problem(f"port {port} is taken; say another by --port, or use --paste") from None
    server.daemon_threads, server.block_on_close = True, False
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    with server:
        try:
            click.echo(_("A browser opens; if it does not, open this address:"))
            click.echo(f"\n{address}\n")
            webbrowser.open(address)
            return came.get(timeout=WAIT_S)
        except Empty:
            raise Problem("nobody consented in time; begin again, or use --paste") from None
        finally:
            server.shutdown()


def _show(opened: Opened) -> None:
    with opened.db.read() as tx:
        found = tokens(tx)
    if not found:
        known = ", ".join(PROVIDERS)
        click.echo(_("No account is connected. `siaga connect PLATFORM`: {known}", known=known))
    for token in found:
        how = _("renewed by itself") if token.renewable else _("connect anew before then")
        until = _until(token.expires_at) + (f" ({how})" if token.expires_at else "")
        lapses = _("consent lapses {day}", day=f"{token.ends_at:%Y-%m-%d}" if token.ends_at else "")
        ends = f"; {lapses}" if token.ends_at else ""
        failed = f"  ! {told(token.failure)}" if token.failure else ""
        line = f"{token.provider:<10} {token.title} ({token.account}){until}{ends}{failed}"
        click.echo(clean(line))


def _until(at: datetime | None) -> str:
    return " " + _("until {time}", time=utc(at)) if at else ""

"""Delivery keys: which message something is. They are written and read here, and nowhere else.

A key names one message of this database, for ever; to a channel it is told with the installation's
name before it (``on_the_wire``)::

    i7:root                  the card of incident 7
    i7:step2:loop0:C0123     the second later step of its escalation, told in that room
    i7:worsened:4            a line of its thread, by the reason and the incident's revision
    i7:root:left:1           what had been its card, where the config has it told elsewhere since
    i7:root:fallback:1       a message that its channel refused, on the console instead
    i7:root:email:1a2b…      a message that its channel did not take in time, by mail as well
    press:12:answer          what only the person who pressed is told
    press:12:test            a test page that somebody asked for
    home:U0123               somebody's Home
    digest:kopi:2026-W10:1a  a brand's weekly digest for one recipient
    shift:… gap:… cover:…    who is on call, from now on
    held:rina:20260302T0600  what waited for somebody, in one page
    test:rina:20260302T1200  a page that tries a way
    test:alert:1a2b3c4d:0    a test of a way that alerts take
    token:meta:1001:2026-12-24:7   a token that ends that day, told so many days ahead
    clock-off:20260302T0600  the machine's clock is wrong
    copied:1a2b3c4d5e        that this installation's database is a copy
    budget:7:usd:2026-03-02  most of a source's budget of that day is spent
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

Kind = Literal["card", "step", "line", "copy", "next_way", "digest", "other"]

COPIES: tuple[Kind, ...] = ("copy", "next_way")
"""Kinds that tell once more what another message tells."""


def on_the_wire(origin: str, key: str) -> str:
    """The key as a channel sees it, where other installations post too. ``origin``: ours."""
    return f"{origin}:{key}" if origin else key


def card(incident: int) -> str:
    """An incident's own message, which is kept up to date."""
    return f"i{incident}:root"


def left(card_key: str, number: int) -> str:
    """The message that was an incident's card until it went on elsewhere."""
    return f"{card_key}:left:{number}"


def step(incident: int, number: int, loop: int, destination: str) -> str:
    """A later step of the escalation, in this round of it, told there."""
    return f"i{incident}:step{number}:loop{loop}:{destination}"


def line(incident: int, reason: str, revision: int) -> str:
    """A line of the thread."""
    return f"i{incident}:{reason}:{revision}"


def fallback(key: str, rev: int) -> str:
    """A message that could not be delivered, on the console instead. ``rev``: of its content."""
    return f"{key}:fallback:{rev}"


def mailed(key: str, recipient: str) -> str:
    """A message that is late or refused, by mail to somebody."""
    return f"{key}:email:{recipient_tag(recipient)}"


def digest(brand: str, week: str, recipient: str) -> str:
    """A brand's weekly digest to somebody. ``week``: ISO, 2026-W10."""
    return f"digest:{brand}:{week}:{recipient_tag(recipient)}"


def digest_correction(brand: str, week: str, recipient: str, number: int) -> str:
    """A digest that takes back what the one before it said."""
    return f"{digest(brand, week, recipient)}:correction{number}"


def token_ends(provider: str, account: str, end: datetime, ahead: timedelta) -> str:
    """That an account's token ends, told so long ahead."""
    return f"token:{provider}:{recipient_tag(account)}:{end.date().isoformat()}:{ahead.days}"


def permissions_lost(provider: str, account: str, scopes: str, day: str) -> str:
    """That an account's token may not do any more what it could."""
    tag = recipient_tag(f"{account} {scopes}")
    return f"token:{provider}:{tag}:lost:{day}"


def budget_spent(source: int, unit: str, day: str) -> str:
    """That most of a source's budget of a day is spent."""
    return f"budget:{source}:{unit}:{day}"


def clock_off(wall: datetime) -> str:
    """That the machine's clock is wrong, as it showed ``wall``."""
    return f"clock-off:{wall:%Y%m%dT%H%M%S}"


def copied(installation: str) -> str:
    """That the daemon of this installation has begun on a copy of another's database."""
    return f"copied:{installation}"


def never_shown(source: int, since: datetime) -> str:
    """That a source, and maybe others, has not shown anything since then."""
    return f"never-shown:{source}:{since:%Y%m%dT%H%M%S}"


def seen_in_part(source: int, since: datetime) -> str:
    """That a source is refused a part of what it should read since then."""
    return f"seen-in-part:{source}:{since:%Y%m%dT%H%M%S}"


def answer(interaction: int) -> str:
    """What the person who did something in a channel is told of it."""
    return f"press:{interaction}:answer"


def no_form(press: str) -> str:
    """That the form which somebody asked for could not be shown."""
    return f"press:{press}:no-form"


def shift_start(schedule: str, person: str, start: datetime) -> str:
    """That somebody's shift has begun."""
    return f"shift:{schedule}:{person}:{start:%Y%m%dT%H%M}"


def held_for(person: str, at: datetime) -> str:
    """What waited for somebody, told in one."""
    return f"held:{person}:{at:%Y%m%dT%H%M%S}"


def rota_gap(schedule: str, end: datetime) -> str:
    """That nobody is on call until then."""
    return f"gap:{schedule}:{end:%Y%m%dT%H%M}"


def cover(number: int) -> str:
    """That somebody took over a shift."""
    return f"cover:{number}"


def test_page(person: str, at: datetime) -> str:
    """A page that tries whether somebody can be reached."""
    return f"test:{person}:{at:%Y%m%dT%H%M%S}"


def test_alert(number: str, place: int) -> str:
    """A test of one way that alerts take."""
    return f"test:alert:{number}:{place}"


def home(who: str) -> str:
    """Somebody's Home, which is kept up to date."""
    return f"home:{who}"


def asked_page(interaction: int) -> str:
    """A page that somebody asked for, to see whether it reaches them."""
    return f"press:{interaction}:test"


def recipient_tag(address: str) -> str:
    """An address in a delivery key: recognisable to us, not readable to others."""
    return sha256(address.strip().lower().encode()).hexdigest()[:12]


def kind(key: str) -> Kind:
    """What kind of message a key names. ``copy``: on the console, or left behind; ``next_way``: by
    mail, or what else the config names, because Slack does not take it."""
    head, _, rest = key.partition(":")
    if head == "digest":
        return "digest"
    if not head.startswith("i"):
        return "other"
    if ":fallback:" in rest or ":left:" in rest:
        return "copy"
    if ":email:" in rest:
        return "next_way"
    if rest == "root":
        return "card"
    return "step" if rest.startswith("step") else "line"

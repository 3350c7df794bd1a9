"""Whether a page would reach its person: found out before an incident, not in one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from alerting.messages.codec import pack
from alerting.model import Button, Card, Notice
from alerting.oncall import Person, Rota
from monitor.app import App
from monitor.jobs.respond.routing import localizer_for
from monitor.jobs.rota import rota
from monitor.model import ANY, SEVERITIES
from monitor.problems import Problem
from monitor.store import oncall as store
from monitor.store.engine import Transaction
from monitor.store.oncall import TriedPage
from monitor.store.outbox import keys
from monitor.store.outbox.write import enqueue, states

FRESH = timedelta(days=90)
"""A way that was confirmed so long ago counts as not verified."""

ANSWER = timedelta(hours=24)
"""A test page without an answer for so long is one that nobody answered."""

REACHED, WAITING, FAILED = "reached", "waiting", "failed"


def ways_of(app: App, person: Person) -> list[tuple[str, str]]:
    """The ways to a person that this config can use: (channel, address), the first first."""
    found = []
    if person.slack and "slack" in app.channels:
        found.append(("slack", person.slack))
    if person.email and "email" in app.channels:
        found.append(("email", person.email))
    return found


def check(app: App, now: datetime) -> list[str]:
    """Everything that would keep a page from its person, a sentence each; [] where all is well."""
    with app.db.read() as tx:
        whole = rota(app, tx, now)
        tried = _settled(tx, store.tried_pages(tx, now - FRESH))
    return [*_people(app, whole, tried, now), *_roles(whole, now), *_playbooks(app, whole)]


def _people(app: App, whole: Rota, tried: Sequence[TriedPage], now: datetime) -> Iterator[str]:
    for person in whole.people.values():
        ways = ways_of(app, person)
        if not ways:
            yield f"{person.name} cannot be reached: give them `slack` or `email`, and switch it on"
            continue
        mine = [page for page in tried if page.person == person.slug]
        if any(page.outcome == REACHED for page in mine):
            continue
        failed = next((page for page in mine if page.outcome == FAILED), None)
        unanswered = [p for p in mine if p.outcome == WAITING and now - p.sent_at > ANSWER]
        if failed:
            yield f"a test page to {person.name} by {failed.way} could not be delivered"
        elif unanswered:
            yield f"{person.name} never answered the test page of {unanswered[0].sent_at:%Y-%m-%d}"
        else:
            yield f"{person.name} has no verified way: `siaga oncall test-page {person.slug}`"


def _roles(whole: Rota, now: datetime) -> Iterator[str]:
    for slug, role in whole.roles.items():
        if not role.group and not whole.holders(slug, now) and not whole.backups(slug):
            yield f"the role {slug} names nobody now"


def _playbooks(app: App, whole: Rota) -> Iterator[str]:
    """Roles that a playbook's steps name and that stand for nobody in this config."""
    used = {name for brand in app.settings.brands for name in (*brand.playbooks, brand.playbook)}
    for playbook in (app.playbooks[name] for name in app.playbooks if name in used):
        for severity in SEVERITIES:
            steps = playbook.level(severity).steps
            named = {who.id for step in steps for who in step.notify if who.kind == "role"}
            for role in sorted(named - set(whole.roles)):
                yield f"playbook {playbook.slug}, {severity}: nobody has the role {role}"


def test_page(app: App, slug: str, now: datetime) -> list[TriedPage]:
    """Promise a page, marked as a test, by every way to a person. Raises Problem where there is no
    such person, or no way to them."""
    with app.db.write() as tx:
        person = _person(rota(app, tx, now), slug)
        ways = ways_of(app, person)
        if not ways:
            raise Problem(f"there is no way to {person.name}: give them `slack` or `email`")
        for way, address in ways:
            key = f"{keys.test_page(slug, now)}:{way}"
            _promise(app, tx, person, key, (way, address), now)
            store.add_tried(tx, slug, way, key, now)
        sent = [page for page in store.tried_pages(tx, now) if page.person == slug]
    app.wake()
    return sent


def confirm(app: App, slug: str, now: datetime) -> list[str]:
    """The person says that it arrived. By which ways they count as reached. Raises Problem where
    no test page was sent to them lately."""
    with app.db.write() as tx:
        mine = [p for p in store.tried_pages(tx, now - FRESH) if p.person == slug]
        waiting = [page for page in mine if page.outcome in (WAITING, REACHED)]
        if not waiting:
            raise Problem(f"no test page went to {slug} lately: `siaga oncall test-page {slug}`")
        latest = max(page.sent_at for page in waiting)
        ways = [page for page in waiting if page.sent_at == latest]
        for page in ways:
            store.settle_tried(tx, page.id, REACHED, now)
    return [page.way for page in ways]


def _promise(
    app: App, tx: Transaction, person: Person, key: str, to: tuple[str, str], now: datetime
) -> None:
    say = localizer_for(app, ANY)
    arrived = Button("confirm", say._("It has arrived"), primary=True)
    notice = Notice(
        "test",
        say._("TEST: can Siaga reach you, {name}?", name=person.name)[:150],
        say._("This is a test page, nothing has happened. Confirm that it arrived:"),
        how_to=f"siaga oncall confirm {person.slug}",
        card=Card(0, 0, "snoozed", (), buttons=(arrived,)),
        locale=say.locale,
        zone=say.zone,
    )
    enqueue(
        tx,
        key=key,
        channel=to[0],
        destination=to[1],
        payload=pack(notice),
        severity="SEV3",
        created_at=now,
        due_at=app.wall(),
    )


def _settled(tx: Transaction, tried: Sequence[TriedPage]) -> list[TriedPage]:
    """The same, with those failed whose message could not be delivered."""
    dead = states(tx, [page.delivery_key for page in tried if page.outcome == WAITING])
    return [
        TriedPage(p.id, p.person, p.way, p.delivery_key, p.sent_at, p.answered_at, FAILED)
        if dead.get(p.delivery_key) == "dead_letter"
        else p
        for p in tried
    ]


def _person(whole: Rota, slug: str) -> Person:
    if slug not in whole.people:
        known = ", ".join(sorted(whole.people)) or "nobody yet"
        raise Problem(f"{slug} is not one of `people` in the config; there are: {known}")
    return whole.people[slug]

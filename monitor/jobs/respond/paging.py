"""Who may be paged now, and whose page waits: for the end of their quiet hours, or for a budget.

What waits is kept, shown in the message that would have named them, and told as one page when it
may be. SEV1 waits for nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerting.messages.context import Waiting
from alerting.model import Incident, Target
from alerting.oncall import Person, Rota
from monitor.app import App
from monitor.jobs.hours import person_quiet_until
from monitor.jobs.rota import holders, rota
from monitor.model import is_drill
from monitor.store.engine import Transaction
from monitor.store.pages import Page, paged_since

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Paging:
    """Whom the targets of a step stand for now. ``holders``: by role, those Slack can name;
    ``waiting``: by target, those whose page waits; ``mail``: by role, the addresses of those who
    are paged by mail. ``known``: the people whom Slack's ids and the addresses belong to."""

    holders: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)
    waiting: Mapping[str, tuple[Waiting, ...]] = field(default_factory=dict)
    mail: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)

    def pages(
        self,
        incident: Incident,
        key: str,
        named: Sequence[Target],
        notify: Sequence[Target],
        now: datetime,
    ) -> list[Page]:
        """The pages that a message makes that names these, and those that wait instead. Those of
        a drill count for nobody's budget."""
        if is_drill(incident.brand):
            return []
        mailed = [a for who in notify for a in self.mail.get(str(who), ())]
        told = [self.known[name] for name in (*map(str, named), *mailed) if name in self.known]
        made = [
            Page(person, incident.id, incident.severity, now, key) for person in dict.fromkeys(told)
        ]
        waits = {one.person: one for who in notify for one in self.waiting.get(str(who), ())}
        held = [
            Page(who, incident.id, incident.severity, now, "", one.until, one.why)
            for who, one in waits.items()
            if who not in told
        ]
        return [*made, *held]


def paging(app: App, tx: Transaction, incident: Incident, now: datetime) -> Paging:
    """Whom each role stands for now: its holders, else its backup, and its group; those whose page
    waits are left out."""
    if not app.settings.people:
        return Paging()
    whole = rota(app, tx, now)
    held = {} if incident.severity == "SEV1" else waits(app, tx, incident.brand, now)
    known = {f"@{p.slack}": p.slug for p in whole.people.values() if p.slack}
    known |= {p.email: p.slug for p in whole.people.values() if p.email}
    waiting: dict[str, tuple[Waiting, ...]] = {}
    for person in whole.people.values():
        if person.slack and person.slug in held:
            waiting[f"@{person.slack}"] = (held[person.slug],)
    mail: dict[str, tuple[str, ...]] = {}
    for slug in whole.roles:
        people, late = of_role(whole, slug, held, now)
        mail[slug] = tuple(p.email for p in people if p.email and not p.slack)
        if late:
            waiting[slug] = late
    mail = mail if "email" in app.channels else {}
    return Paging(holders(app, tx, now, held), waiting, mail, known)


def of_role(
    whole: Rota, slug: str, held: Mapping[str, Waiting], now: datetime
) -> tuple[list[Person], tuple[Waiting, ...]]:
    """Who is paged for a role, its backup where every holder's page waits; and who waits."""
    holders = whole.holders(slug, now)
    free = [person for person in holders if person.slug not in held]
    late = tuple(held[person.slug] for person in holders if person.slug in held)
    if holders and not free:
        free = [person for person in whole.backups(slug) if person.slug not in held]
    return free, late


def waits(app: App, tx: Transaction, brand: str, now: datetime) -> dict[str, Waiting]:
    """Everybody whose page, other than of SEV1, would wait now."""
    if app.replay or is_drill(brand):
        return {}
    return waits_after(app, paged_since(tx, now - DAY), brand, now)


def waits_after(app: App, pages: Sequence[Page], brand: str, now: datetime) -> dict[str, Waiting]:
    """The same, where these pages (none left out of the last day) were made before."""
    found = {}
    for person in app.settings.people:
        quiet = person_quiet_until(app, person.slug, brand, now)
        spent = _spent_until(app, [p.at for p in pages if p.person == person.slug], now)
        if quiet and (spent is None or quiet >= spent):
            found[person.slug] = Waiting(person.slug, person.name, quiet, "quiet")
        elif spent:
            found[person.slug] = Waiting(person.slug, person.name, spent, "budget")
    return found


def _spent_until(app: App, paged: Sequence[datetime], now: datetime) -> datetime | None:
    """Until when somebody has been paged often enough; None: once more is all right."""
    budget = app.settings.page_budget
    ends = []
    for limit, span in ((budget.per_hour, HOUR), (budget.per_day, DAY)):
        lately = [at for at in paged if at > now - span]
        if limit is not None and len(lately) >= limit:
            ends.append(lately[-limit] + span)
    return max(ends, default=None)


def by_person(pages: Sequence[Page], told: Callable[[Page], bool]) -> dict[str, list[Page]]:
    """The pages that ``told`` picks, by person."""
    found: dict[str, list[Page]] = {}
    for page in pages:
        if told(page):
            found.setdefault(page.person, []).append(page)
    return found

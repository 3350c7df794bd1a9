"""What a new incident is about chooses its playbook: what most of what is said tells of, and the
kind of own content under which most of it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fakes.crisis import default_playbook, detected, loud
from fakes.lines import MINUTE, T0, mention, pages, poll_due

from alerting.i18n import Localizer
from alerting.messages.wording import risk_name
from alerting.model import Incident
from alerting.playbook.load import Playbook, load_playbook
from alerting.register import RiskEntry, base_severity
from connectors.base import Page
from monitor.app import App
from monitor.enrich.crisis.find import kinds_of
from monitor.jobs.respond.about import KINDS
from monitor.jobs.respond.respond import respond
from monitor.model import OwnPost
from monitor.store.incidents import read_incident

LEVELS = "levels: {SEV1: {}, SEV2: {steps: [{at: 0m}]}, SEV3: {}, SEV4: {}}\n"
REEL = OwnPost("x", "p1", T0, "reel", "Promo", "https://x.example/p1")
Line = Callable[..., App]


def book(slug: str, match: str) -> dict[str, Playbook]:
    return {slug: load_playbook(f"version: 1\nmatch: {{{match}}}\n{LEVELS}", slug)}


def opened(line: Line, *said: tuple[str, str], own: str) -> Incident:
    """What a storm of these texts, each under the post of that id, becomes."""
    mentions = tuple(
        mention(n, T0 + MINUTE, text, root_id=root or None) for n, (text, root) in enumerate(said)
    )
    app = line(pages(Page(mentions, own_posts=(REEL,))))
    assert poll_due(app)[0].error == ""
    books = book("safety", "classes: [product_safety]") | book("reels", "content: [reel, video]")
    kopi = app.brands["kopi"].model_copy(update={"playbooks": (own,)})
    app = replace(app, brands={"kopi": kopi}, playbooks={"default": default_playbook(), **books})
    start = (T0 - loud().start) / MINUTE
    detected(app, loud(start, start + 5, brand="kopi"))
    respond(app, "kopi", T0 + 6 * MINUTE)
    with app.db.read() as tx:
        found = read_incident(tx, 1)
    assert found is not None
    return found


POISON, TALK = "-☠ kopi ini beracun", "-kopi kok begini"


@pytest.mark.parametrize(
    ("own", "said", "playbook", "about"),
    [
        ("safety", [(POISON, "")] * 5 + [(TALK, "")] * 7, "safety", "product_safety"),
        ("safety", [(POISON, "")] * 5 + [(TALK, "")] * 15, "default", "reputation"),
        ("safety", [(POISON, "")] * 4, "default", "reputation"),
        ("reels", [(POISON, "p1")] * 6 + [(TALK, "")] * 6, "reels", "reputation"),
        ("reels", [(TALK, "p1")] * 5 + [(TALK, "")] * 6, "default", "reputation"),
        ("reels", [(TALK, "p2")] * 6, "default", "reputation"),
    ],
    ids=["told", "told by few", "by too few", "under a reel", "hardly", "under another's"],
)
def test_what_is_said_and_what_it_stands_under_choose_the_playbook(
    line: Line, own: str, said: list[tuple[str, str]], playbook: str, about: str
) -> None:
    found = opened(line, *said, own=own)
    assert (found.playbook["slug"], found.about) == (playbook, about)
    assert found.risk_class == "reputation", "by which its signals find it"


@pytest.mark.parametrize(
    ("term", "kinds"),
    [
        ("keracunan", {"poisoning"}),
        ("data breach", {"data breach"}),
        ("data pelanggan bocor", {"data breach"}),
        ("kebocoran data", {"data breach"}),
        ("recall", {"recall"}),
        ("boikot", set()),
    ],
)
def test_crisis_words_tell_what_kind_of_crisis_they_are(term: str, kinds: set[str]) -> None:
    assert kinds_of([term], KINDS) == kinds


def test_the_matrix_counts_only_risks_of_the_platforms_and_the_content_it_is_seen_on() -> None:
    narrow = {
        "slug": "a",
        "title": "A",
        "class": "reputation",
        "platforms": ["tiktok"],
        "content": ["short_video"],
        "likelihood": 5,
        "impact": 5,
        "review": "2027-01-01",
    }
    risks = [RiskEntry.model_validate(narrow)]
    assert base_severity(risks, "reputation") == "SEV1"
    assert base_severity(risks, "reputation", ["tiktok"], ["short_video", "image"]) == "SEV1"
    assert base_severity(risks, "reputation", ["x"]) == ""
    assert base_severity(risks, "reputation", ["tiktok"], ["image"]) == ""


def test_what_it_is_about_is_told_in_the_readers_language() -> None:
    assert risk_name(Localizer("id", "UTC"), "product_safety") == "Keamanan produk"

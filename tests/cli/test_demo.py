"""The demo: the bundled scenario, and what its options change. The crisis itself: test_wheel."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from connectors.base import SourceSpec
from connectors.simulated.connector import Simulated, SimulatedOptions
from connectors.simulated.scenario import load_scenario
from monitor.model import ANY
from monitor.runtime.demo import BLIND_AFTER, BLIND_FOR, SCENARIO, Wish, prepare
from monitor.store.overview import incidents

LONG = pytest.mark.soak
"""Two weeks are played once in `make test`, by the wheel; these are played by `make soak`."""


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """The two weeks without their crisis, one source going blind on the way."""
    demo = prepare(tmp_path_factory.mktemp("demo"), Wish(seed=5, crisis=False, blind=True))
    played = demo.play(lambda _: None)
    yield demo, played
    demo.app.db.close()


def found(demo):
    with demo.app.db.read() as tx:
        return incidents(tx)


def first_day(seed):
    scenario = load_scenario(SCENARIO)
    options = SimulatedOptions(scenario=SCENARIO, platform="x", seed=seed)
    end = scenario.start + timedelta(days=1)
    spec = SourceSpec(ANY, "x", None, (), scenario.start, end)
    told: list[tuple[datetime, str]] = []
    for page in Simulated(options, {}).fetch(spec, None):
        assert page.position
        if page.position > end:
            return told
        told += [(mention.published_at, mention.text) for mention in page.mentions]
    raise AssertionError("the scenario ends on its first day")


@LONG
def test_without_its_crisis_nobody_is_woken_for_the_brand(calm):
    demo, played = calm
    assert played.ended
    assert played.new > 4000
    assert [i.risk_class for i in found(demo)] == ["blindness"]


@LONG
def test_a_source_gone_blind_is_told_once_and_so_is_its_recovery(calm):
    demo, _ = calm
    (incident,) = found(demo)
    began = demo.scenario.start + BLIND_AFTER
    assert began <= incident.opened_at <= began + timedelta(hours=2)
    assert incident.state == "resolved"
    assert incident.resolved_at >= began + BLIND_FOR
    roots = [m for m in demo.messages() if m.key.endswith(":root")]
    assert len(roots) == 1
    assert "simulated/x" in roots[0].delivery.notice.headline + roots[0].delivery.notice.summary


@LONG
def test_what_the_blind_source_kept_back_is_read_afterwards(calm):
    demo, _ = calm
    with demo.app.db.read() as tx:
        from monitor.store.sources import source_states

        assert {source.health for source in source_states(tx)} == {"ok"}


def test_a_seed_settles_times_and_counts():
    assert first_day(1) == first_day(1)
    assert [at for at, _ in first_day(1)] != [at for at, _ in first_day(2)]
    assert len({len(first_day(seed)) for seed in (1, 2, 3)}) > 1


def test_the_bundled_scenario_speaks_as_people_do():
    scenario = load_scenario(SCENARIO)
    quiet = [text for group in scenario.texts for text in group.texts]
    crisis = [text for event in scenario.events for group in event.texts for text in group.texts]
    assert len(set(quiet)) == len(quiet) >= 60
    assert len(set(crisis)) == len(crisis) >= 40
    assert {group.language for group in scenario.texts} == {"id", "en", "mixed"}
    assert "made up" in scenario.title
    assert all("kopi senja" in t.lower() or "kopisenja" in t.lower() for t in quiet + crisis)


def test_a_demo_replaces_an_earlier_one_and_touches_nothing_else(tmp_path):
    (tmp_path / "mine.txt").write_text("kept")
    for seed in (1, 2):
        prepare(tmp_path, Wish(seed=seed)).app.db.close()
    assert (tmp_path / "mine.txt").read_text() == "kept"
    assert "seed: 2" in (tmp_path / "siaga.yaml").read_text()

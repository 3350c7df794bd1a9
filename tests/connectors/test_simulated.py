"""An invented platform is settled by its file and its seed, and by nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from test_connector_contract import SCENARIO

from connectors.base import Page, Rejected, Unauthorized
from connectors.simulated.connector import Simulated, SimulatedOptions
from connectors.simulated.scenario import load_scenario
from connectors.testing import drain, source_spec, through_json
from monitor.model import ANY

START = datetime(2026, 3, 1, 17, tzinfo=UTC)
CRISIS = datetime(2026, 3, 3, 5, tzinfo=UTC)


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "two-days.yaml"
    path.write_text(SCENARIO, "utf-8")
    return path


def play(
    path: Path,
    cursor: Mapping[str, Any] | None = None,
    *,
    now: datetime | None = None,
    platform: str = "x",
    **options: Any,
) -> list[Page]:
    made = Simulated(SimulatedOptions(scenario=str(path), platform=platform, **options), {})
    return drain(made, source_spec(now=now or datetime(2027, 1, 1, tzinfo=UTC)), cursor)


def volumes(pages: list[Page]) -> list[int]:
    return [len(page.mentions) for page in pages]


def test_the_same_seed_tells_the_same_and_another_seed_another(scenario: Path) -> None:
    assert play(scenario, seed=5) == play(scenario, seed=5)
    assert volumes(play(scenario, seed=5)) != volumes(play(scenario, seed=6))


def test_without_the_crisis_the_rest_is_the_same(scenario: Path) -> None:
    with_it, without = play(scenario), play(scenario, crisis=False)
    before = [
        n
        for n, page in enumerate(with_it)
        if page.position and page.position < CRISIS - timedelta(hours=2)
    ]
    assert [with_it[n] for n in before] == [without[n] for n in before]
    assert max(volumes(with_it)) > 3 * max(volumes(without))
    texts = {m.text for page in without for m in page.mentions}
    assert not any("kotor" in text for text in texts)
    assert any("Jalan Merdeka" in text for text in texts)


def test_the_seed_moves_the_crisis_within_its_jitter(scenario: Path) -> None:
    def begins(seed: int) -> datetime:
        return next(
            m.published_at
            for p in play(scenario, seed=seed)
            for m in p.mentions
            if "kotor" in m.text
        )

    times = [begins(seed) for seed in range(3)]
    assert len(set(times)) == 3
    assert all(abs(t - CRISIS) < timedelta(minutes=100) for t in times)


def test_every_bucket_has_its_page_and_any_cursor_resumes(scenario: Path) -> None:
    pages = play(scenario)
    assert [p.position for p in pages] == [START + n * timedelta(minutes=5) for n in range(1, 577)]
    assert play(scenario, through_json(pages[100].cursor)) == pages[101:]


def test_a_blind_window_refuses_until_it_is_over_and_then_tells_all(scenario: Path) -> None:
    opens, closes = datetime(2026, 3, 2, 3, tzinfo=UTC), datetime(2026, 3, 2, 5, tzinfo=UTC)
    made = Simulated(SimulatedOptions(scenario=str(scenario), platform="youtube"), {})
    told: list[Page] = []
    with pytest.raises(Unauthorized):
        told.extend(made.fetch(source_spec(now=opens), None))
    assert told[-1].position == opens
    with pytest.raises(Unauthorized):
        play(scenario, told[-1].cursor, now=closes - timedelta(seconds=1), platform="youtube")
    rest = play(scenario, told[-1].cursor, now=closes, platform="youtube")
    assert told + rest == play(scenario, platform="youtube")


def test_a_blind_window_may_come_from_the_source_itself(scenario: Path) -> None:
    window = {"from": "2026-03-02T03:00:00Z", "to": "2026-03-02T04:00:00Z"}
    with pytest.raises(Unauthorized):
        play(scenario, now=START, blind=window)


def test_a_gap_tells_nothing_and_says_so(scenario: Path) -> None:
    pages = play(scenario, platform="youtube")
    missed = [page for page in pages if page.missed]
    assert len(missed) == 6
    assert not any(page.mentions for page in missed)


def test_the_day_has_a_rhythm_and_the_week_its_mean(scenario: Path) -> None:
    pages = play(scenario, crisis=False)
    by_hour = [0] * 24
    for page in pages:
        for mention in page.mentions:
            by_hour[(mention.published_at.hour + 7) % 24] += 1
    assert sum(by_hour[18:22]) > 4 * sum(by_hour[1:5])
    assert 450 < sum(by_hour) < 750


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("platforms: [youtube]", "platforms: [tiktok]"), "platforms that are not there: tiktok"),
        (("{place} enak", "{kota} enak"), "slots that are not there: kota"),
        (("[Jalan Merdeka]", '["{place}"]'), "slots that lead to themselves"),
        (("days: 2", "days: dua"), "two-days.yaml:5: days: must be a number"),
        (("title:", "judul:"), "unknown key `judul`; there are `version`, `title`"),
        (("version: 1", "version: [1"), "two-days.yaml:3: not valid YAML"),
    ],
)
def test_a_wrong_scenario_is_one_clear_sentence(
    scenario: Path, change: tuple[str, str], sentence: str
) -> None:
    scenario.write_text(SCENARIO.replace(*change), "utf-8")
    with pytest.raises(Rejected) as caught:
        load_scenario(str(scenario))
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_platform_that_the_scenario_lacks_is_said(scenario: Path) -> None:
    with pytest.raises(Rejected, match="has no platform tiktok; it has: x, youtube"):
        play(scenario, platform="tiktok")


OWN = """
own:
  - {platform: x, id: post-1, at: 2026-03-02T09:02:00+07:00, kind: ad, title: Promo,
     metrics: {views: 1000}, standing: disapproved, after: 90m, reason: Alcohol}
  - {platform: youtube, id: video-1, at: 2026-03-02T09:00:00+07:00, kind: video}
removals:
  - {platform: x, at: 2026-03-02T15:00:00+07:00, of: 2026-03-02T12:00:00+07:00}
  - {platform: x, at: 2026-03-02T15:00:00+07:00, of: 2026-03-02T13:00:00+07:00, kind: edited,
     text: maaf salah}
"""


def test_a_scenario_tells_own_posts_their_metrics_and_standings_and_removals(
    tmp_path: Path,
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(SCENARIO + OWN, "utf-8")
    pages = play(path)
    posted = datetime(2026, 3, 2, 2, 2, tzinfo=UTC)
    (post,) = [post for page in pages for post in page.own_posts]
    assert (post.external_id, post.kind, post.published_at) == ("post-1", "ad", posted)
    values = [m.value for page in pages for m in page.metrics]
    assert values == sorted(values)
    assert 900 < values[-1] <= 1000
    judged = [(s.state, s.reason, s.since) for page in pages for s in page.standings]
    assert judged == [
        ("live", "", posted),
        ("disapproved", "Alcohol", posted + timedelta(minutes=90)),
    ]
    removals = [removal for page in pages for removal in page.removals]
    told = {m.external_id for page in pages for m in page.mentions}
    assert {removal.external_id for removal in removals} <= told
    assert all(removal.kind in ("deleted", "edited") for removal in removals)
    for page in pages:
        assert page.position
        for removal in page.removals:
            assert removal.at < page.position


def test_a_source_for_every_brand_tells_no_own_content(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(SCENARIO + OWN, "utf-8")
    made = Simulated(SimulatedOptions(scenario=str(path), platform="x"), {})
    pages = drain(made, source_spec(now=datetime(2027, 1, 1, tzinfo=UTC), brand=ANY))
    assert not any(page.own_posts or page.metrics or page.standings for page in pages)

"""Hours in the config: holidays of countries, and what cannot be meant."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.app import load_config
from monitor.problems import Problem
from monitor.settings.hours import BusinessHours, closed_days

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def closed(**said: object) -> frozenset[date]:
    return closed_days(BusinessHours.model_validate(said), NOW, ZoneInfo("Asia/Jakarta"))


def test_indonesias_holidays_are_known_and_cuti_bersama_where_it_is_asked_for() -> None:
    public = closed(holidays=["ID"])
    assert {date(2026, 3, 21), date(2026, 8, 17), date(2026, 12, 25)} <= public
    assert date(2026, 12, 24) not in public
    assert date(2026, 12, 24) in closed(holidays=["ID+government"]), "cuti bersama Natal"
    assert closed(closed=["2026-12-24"]) == {date(2026, 12, 24)}
    assert closed() == frozenset()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("business_hours: {holidays: [XX]}", "the holidays of `XX` are not known"),
        ("business_hours: {holidays: [DE-ZZ]}", "`DE` has no region `ZZ`; there are: BB"),
        ("business_hours: {holidays: [ID+bank]}", "`ID` has no holidays `bank`; there are:"),
        ("business_hours: {time_zone: WIB}", "did you mean `Asia/Jakarta`?"),
        ('business_hours: {from: "9"}', 'write a time of day such as "09:00"'),
        ('people: [{slug: a, name: A, quiet_hours: {from: "22:00"}}]', "`to`"),
        ('people: [{slug: a, name: A, quiet_hours: {from: "06:00", to: "06:00"}}]', "for ever"),
        ('people: [{slug: a, name: A, quiet_hours: {from: "00:00", to: "24:00"}}]', "every hour"),
        ("people: [{slug: a, name: A, time_zone: WIB}]", "did you mean `Asia/Jakarta`?"),
        ("page_budget: {per_hour: 0}", "page_budget"),
    ],
)
def test_hours_that_cannot_be_meant_are_told_with_what_to_write(
    tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "siaga.yaml"
    file.write_text(text + "\n", "utf-8")
    with pytest.raises(Problem) as problem:
        load_config(file)
    assert said in str(problem.value)
    assert ":1:" in str(problem.value)

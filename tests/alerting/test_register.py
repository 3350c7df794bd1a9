"""The risk register: the matrix, what it covers, what was observed."""

from __future__ import annotations

from datetime import date

import pytest

from alerting.register import (
    RegisterProblem,
    base_severity,
    likelihood_of,
    matrix,
    observed,
    overdue,
    read_register,
    severity_of,
)
from monitor.settings.shipped import shipped

RISKS = read_register(shipped("risks.yaml").read_text("utf-8"), "risks.yaml")

GUIDE = {
    "instagram": {"image", "short_video", "story"},
    "linkedin": {"text", "job", "article"},
    "facebook": {"ad", "live", "article"},
    "youtube": {"video", "ad"},
    "tiktok": {"short_video"},
    "x": {"text"},
    "website": {"article", "ad"},
}


def test_the_shipped_register_covers_every_platform_and_content_of_the_guide() -> None:
    for platform, contents in GUIDE.items():
        covered = {c for risk in RISKS if platform in risk.platforms for c in risk.content}
        assert contents <= covered, platform
    assert all(risk.title_id and risk.prevention and risk.early_signs for risk in RISKS)
    books = {path.stem for path in shipped("playbooks").glob("*.yaml")}
    assert {risk.playbook for risk in RISKS} <= books


def test_the_matrix_grades_by_likelihood_times_impact() -> None:
    assert [severity_of(*cell) for cell in ((5, 5), (4, 4), (2, 5), (1, 5), (2, 2))] == [
        "SEV1",
        "SEV2",
        "SEV2",
        "SEV3",
        "SEV4",
    ]
    cells = matrix(RISKS)
    assert sum(len(cell) for row in cells for cell in row) == len(RISKS)
    assert "customer-data" in [risk.slug for risk in cells[3][4]]


def test_the_gravest_risk_of_a_class_gives_its_base() -> None:
    assert base_severity(RISKS, "data_privacy") == "SEV2"
    assert base_severity(RISKS, "reputation", ["linkedin"]) == "SEV3"
    assert base_severity((), "reputation") == ""


def test_an_incident_counts_for_the_narrowest_risk_it_fits() -> None:
    seen = observed(
        RISKS,
        [
            {"id": 7, "risk_class": "misleading_ad", "platforms": ["facebook"]},
            {"id": 8, "risk_class": "misleading_ad", "platforms": ["facebook"]},
            {"id": 9, "risk_class": "product_safety", "platforms": ["mastodon"]},
        ],
    )
    counted = {one.risk.slug: one.incidents for one in seen if one.incidents}
    assert counted == {"facebook-paid-ad": (7, 8)}


def test_observed_numbers_speak_for_a_likelihood() -> None:
    assert [likelihood_of(n) for n in (0, 1, 2, 3, 4, 8, 9)] == [1, 2, 3, 3, 4, 4, 5]


def test_reviews_that_are_due_come_longest_first() -> None:
    assert overdue(RISKS, date(2026, 11, 26)) == []
    assert len(overdue(RISKS, date(2027, 4, 1))) == len(RISKS)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("likelihood: 3", "likelihood: 6"), ":"),
        (("class: reputation", "class: fame"), "there is no such class"),
        (("slug: linkedin-post", "slug: anger-wave"), "stands there twice"),
        (("impact:", "impakt:"), "did you mean `impact`?"),
        (("version: 1", "version: [1"), ""),
    ],
)
def test_a_register_that_cannot_be_used_says_where(change: tuple[str, str], words: str) -> None:
    text = shipped("risks.yaml").read_text("utf-8").replace(*change, 1)
    with pytest.raises(RegisterProblem) as caught:
        read_register(text, "mine.yaml")
    assert words in str(caught.value)
    assert str(caught.value).startswith("mine.yaml:")

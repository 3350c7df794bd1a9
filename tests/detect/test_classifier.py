"""The correction for the classifier's error: it is the shipped model's own, and it is undone."""

from __future__ import annotations

import json
from statistics import mean

import pytest

from monitor.detect.share import MEASURED, Classifier
from monitor.enrich.sentiment.shipped import WEIGHTS


def test_the_error_that_is_corrected_for_is_the_one_measured_with_these_weights():
    halves = json.loads((WEIGHTS / "manifest.json").read_text("utf-8"))["error"].values()
    assert (
        Classifier(
            sensitivity=round(mean(half["sensitivity"] for half in halves), 2),
            specificity=round(mean(half["specificity"] for half in halves), 2),
        )
        == MEASURED
    )


@pytest.mark.parametrize("true", [0.0, 0.2, 0.5, 1.0])
def test_the_true_share_is_found_behind_the_shown_one(true):
    shown = true * MEASURED.sensitivity + (1 - true) * (1 - MEASURED.specificity)
    assert MEASURED.true_share(shown) == pytest.approx(true)


def test_a_share_never_leaves_what_a_share_can_be():
    assert (MEASURED.true_share(0.0), MEASURED.true_share(1.0)) == (0.0, 1.0)

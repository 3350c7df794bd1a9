"""Floors on the labelled Twitter series, scored by the published rules: regressions, not goals.

What the detector reaches, beside its peers, is in docs/detection.md.
"""

from __future__ import annotations

import gzip
import importlib.util
import json

import pytest

from monitor.backtest.counts import as_anomaly, read_folder, scored, write_scores
from monitor.detect.volume import THRESHOLD


@pytest.fixture(scope="module")
def nab(shared, tmp_path_factory):
    """The scorer, the series, and where their scores are."""
    tool = shared / "tools/nab_score.py"
    spec = importlib.util.spec_from_file_location("nab_score", tool)
    assert spec
    assert spec.loader
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    folder, out = tmp_path_factory.mktemp("nab"), tmp_path_factory.mktemp("scores")
    for path in (shared / "data/nab").glob("*.csv.gz"):
        (folder / path.name[:-3]).write_bytes(gzip.decompress(path.read_bytes()))
    series = read_folder(folder)
    for counts in series:
        write_scores(counts, out)
    labels = json.loads((shared / "data/nab/windows.json").read_text())
    return scorer, series, scorer.load(out, labels)[1]


def test_the_benchmark_score_holds(nab):
    scorer, _, items = nab
    assert scorer.best(items, scorer.PROFILES["standard"])[0][0] >= 84.0
    assert scorer.best(items, scorer.PROFILES["low_FP"])[0][0] >= 76.0


def test_the_default_threshold_catches_most_and_is_quiet(nab):
    scorer, _, items = nab
    profile = scorer.PROFILES["standard"]
    _, caught, windows, false, rows, _ = scorer.evaluate(items, as_anomaly(THRESHOLD), profile)
    assert windows == 17
    assert caught >= 13
    assert false / (rows * 5 / 60 / 24 / 7) <= 0.2


def test_a_row_s_score_uses_no_later_row(nab):
    _, series, items = nab
    counts = series[0]
    from dataclasses import replace

    prefix = replace(counts, rows=counts.rows[:3000], buckets=counts.buckets[:3000])
    assert list(scored(prefix)) == pytest.approx(list(items[0][1][:3000]), abs=0)

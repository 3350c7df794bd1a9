"""Our detectors beside the peers' rules, on labelled history; and what a bucket costs.

    python bench/detect.py [--shared DIR] [--seeds N] [--cost-only | --quick]

The tables between the marks of docs/detection.md are written anew, all by one run, in some four
minutes of a processor. ``--quick`` (one) makes them of fewer seeds and without the curve over the
thresholds, and only prints them, as ``--cost-only`` does: what a change is tried with.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import random
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scenarios.weeks import LAUNCH, SUITE  # noqa: E402
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: E402

from bench.onsets import tables as onset_tables  # noqa: E402
from monitor.backtest.counts import (  # noqa: E402
    as_anomaly,
    read_cases,
    read_counts,
    write_scores,
)
from monitor.backtest.rules import named, ours  # noqa: E402
from monitor.backtest.run import History, alarms_of, judge  # noqa: E402
from monitor.detect.factory import detectors_for  # noqa: E402
from monitor.detect.peers import PEERS  # noqa: E402
from monitor.detect.volume import THRESHOLD  # noqa: E402
from monitor.model import BUCKET, Bucket, SeriesKey  # noqa: E402
from monitor.settings.model import PlannedEvent, Rules  # noqa: E402

DOCUMENT = ROOT / "docs/detection.md"
LAUNCHING = PlannedEvent(
    name="launch", start=LAUNCH[0], end=LAUNCH[1], volume=3, brands=("launch",)
)
RULES = Rules(events=(LAUNCHING,))
SETS = ("siaga", *PEERS)
PUBLISHED = (
    ("ARTime (Hampson 2021)*", "87.0", "81.1", "17/17 at 0.53"),
    ("Numenta HTM (Lavin & Ahmad 2015)*", "76.8", "76.2", "14/17 at 0.05"),
    ("Context OSE (Smirnov 2016)*", "76.4", "75.8", "14/17 at 0.05"),
    ("Twitter ADVec (Vallis et al. 2014)*", "52.2", "26.1", ""),
    ("windowed Gaussian*", "47.9", "6.0", ""),
)


def cost() -> list[str]:
    """What a bucket costs, early and after a year and a half of history, in microseconds and as
    a share of what bare vaderSentiment takes for one text in the same minute."""
    lines = ["| detector | first 10,000 buckets | after 150,000 |", "|---|---|---|"]
    for measure in ("volume", "negative"):
        for detector in detectors_for(Rules())(SeriesKey("b", "p", measure)):
            rnd, cells = random.Random(1), []
            for part in range(16):
                spent = [_spent(detector, part * 10 + n, rnd) for n in range(10)]
                if part in (0, 15):
                    took, text = statistics.median(spent), _bare_text()
                    cells.append(f"{took:.1f} µs ({took / text:.2f} of a text)")
            lines.append(f"| {detector.name} | " + " | ".join(cells) + " |")
    return lines


def _spent(detector: Any, part: int, rnd: random.Random) -> float:
    """Microseconds a bucket over the next 1,000 buckets."""
    begin = datetime(2026, 1, 1, tzinfo=UTC) + part * 1_000 * BUCKET
    told = []
    for n in range(1_000):
        volume = float(rnd.randint(0, 40))
        told.append(Bucket(begin + n * BUCKET, volume, volume, volume * 0.3 * rnd.random()))
    started = process_time()
    for bucket in told:
        detector.score(bucket)
        detector.learn(bucket)
    return (process_time() - started) / len(told) * 1e6


def _bare_text() -> float:
    """Microseconds that bare vaderSentiment takes for a text of 80 letters."""
    analyzer, spent = SentimentIntensityAnalyzer(), []
    for part in range(9):
        texts = [
            f"Flight {part}{n} was late and the crew not very helpful, worst service ever!!"
            for n in range(50)
        ]
        started = process_time()
        for text in texts:
            analyzer.polarity_scores(text)
        spent.append((process_time() - started) / len(texts) * 1e6)
    return statistics.median(spent)


def nab(shared: Path) -> list[str]:
    """The five labelled Twitter series, by the benchmark's own rules and by the alarms told."""
    spec = importlib.util.spec_from_file_location("nab_score", shared / "tools/nab_score.py")
    assert spec is not None
    assert spec.loader is not None
    scorer: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    lines = [
        "| detector | standard | low-FP | caught at false alarms a week |",
        "|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as place:
        series = unpacked(shared / "data/nab", Path(place))
        for counts in series:
            write_scores(counts, Path(place) / "out")
        labels = json.loads((shared / "data/nab/windows.json").read_text())
        items = scorer.load(Path(place) / "out", labels)[1]
        best = [scorer.best(items, scorer.PROFILES[p])[0][0] for p in ("standard", "low_FP")]
        at = scorer.evaluate(items, as_anomaly(THRESHOLD), scorer.PROFILES["standard"])
        weeks = at[4] * 5 / 60 / 24 / 7
        lines.append(
            f"| **siaga** | **{best[0]:.1f}** | **{best[1]:.1f}** | "
            f"**{at[1]}/{at[2]} at {at[3] / weeks:.2f}** (default threshold) |"
        )
        lines += [f"| {name} | {a} | {b} | {c} |" for name, a, b, c in PUBLISHED]
        cases = read_cases(shared / "data/nab/windows.json")
        histories = [counts.history(cases[counts.name]) for counts in series]
        for name in PEERS:
            lines.append(_peer(name, histories))
    return lines


def _peer(name: str, histories: Sequence[History]) -> str:
    make = named(name, Rules())
    verdict = judge(histories, [a for h in histories for a in alarms_of(h, make)])
    caught = f"{verdict.caught}/{verdict.cases} at {verdict.false_per_week:.2f}"
    return f"| {name} (rule) | | | {caught} |"


def unpacked(source: Path, place: Path) -> list[Any]:
    """The series of a data folder, unpacked."""
    found = []
    for path in sorted(source.glob("*.csv.gz")):
        target = place / path.name.removesuffix(".gz")
        target.write_bytes(gzip.decompress(path.read_bytes()))
        found.append(read_counts(target))
    return found


def airline(shared: Path) -> list[str]:
    """The airlines' storm: when each brand's first alarm is told, by rule set."""
    lines = ["| airline | " + " | ".join(SETS) + " |", "|---" * (len(SETS) + 1) + "|"]
    for brand, told in tweets(shared).items():
        history = [History(SeriesKey(brand, "x", m), told) for m in ("volume", "negative")]
        cells = []
        for name in SETS:
            alarms = [a for h in history for a in alarms_of(h, named(name, Rules()))]
            first = min((a.told for a in alarms), default=None)
            cells.append(f"{len(alarms)}, {first:%d %b %H:%M}" if first else "0")
        lines.append(f"| {brand} | " + " | ".join(cells) + " |")
    return lines


def tweets(shared: Path) -> Mapping[str, list[Bucket]]:
    """Buckets by airline; p_neg from the raters' labels, as a fair classifier would say."""
    with gzip.open(shared / "data/airline/mentions.jsonl.gz", "rt") as file:
        rows = list({row["id"]: row for row in map(json.loads, file)}.values())
    names = {
        "US Airways": "@usairways",
        "United": "@united",
        "Virgin America": "@virginamerica",
        "American": "@americanair",
    }
    sums: dict[str, dict[datetime, list[float]]] = {brand: {} for brand in names}
    for row in rows:
        at = datetime.fromisoformat(row["created_at"].replace("Z", "+00:00"))
        at = at.replace(minute=at.minute // 5 * 5, second=0, microsecond=0)
        for brand, name in names.items():
            if name in row["text"].lower():
                cell = sums[brand].setdefault(at, [0.0, 0.0])
                cell[0] += 1
                cell[1] += 0.8 if row["gold"] == "negative" else 0.2
    begin = datetime(2015, 2, 17, 7, 45, tzinfo=UTC)
    found = {}
    for brand, cells in sums.items():
        stamps = [begin + n * BUCKET for n in range(7 * 288 + 146)]
        rows_of = [(at, cells.get(at, [0.0, 0.0])) for at in stamps]
        found[brand] = [Bucket(at, volume, volume, negative) for at, (volume, negative) in rows_of]
    return found


def scenarios(seeds: int) -> list[str]:
    """Each scenario: how many of the seeds' events were caught, how soon, and false alarms."""
    lines = ["| scenario | " + " | ".join(SETS) + " |", "|---" * (len(SETS) + 1) + "|"]
    for key, make in SUITE.items():
        brand = "launch" if key.startswith("campaign") else "b"
        made = [make(seed) for seed in range(seeds)]
        cells = []
        for name in SETS:
            rules = ours(RULES) if name == "siaga" else named(name, Rules())
            cells.append(_cell(made, brand, rules))
        lines.append(f"| {made[0].name} | " + " | ".join(cells) + " |")
    return lines


def _cell(made: Sequence[Any], brand: str, rules: Callable[..., Any]) -> str:
    """``caught/events in DELAY; false alarms a week`` of a rule set."""
    caught, delays, false, watched, weeks = 0, [], 0, 0, 0.0
    for scenario in made:
        weeks += len(scenario.buckets) / 2016
        told = []
        for measure in ("volume", "negative"):
            history = History(SeriesKey(brand, "all", measure), scenario.buckets)
            told += alarms_of(history, rules, watches=True)
        event = scenario.event
        right = [
            a.told for a in told if event and event[0] <= a.told <= event[1] + timedelta(hours=1)
        ]
        wrong = [a for a in told if a.told not in right]
        false += sum(a.level == "page" for a in wrong)
        watched += sum(a.level == "watch" for a in wrong)
        caught += bool(right)
        delays += [min(right) - event[0]] if event and right else []
    quiet = f"{false / weeks:.2f}/wk" + (f", {watched / weeks:.2f} watches" if watched else "")
    if made[0].event is None:
        return quiet
    delay = sorted(delays)[len(delays) // 2] if delays else None
    soon = f" in {int(delay.total_seconds() // 60)} min" if delay is not None else ""
    return f"{caught}/{len(made)}{soon}; {quiet}"


def put(tables: Mapping[str, Sequence[str]]) -> None:
    """Write the tables between their marks of the document."""
    text = DOCUMENT.read_text("utf-8")
    for name, lines in tables.items():
        opening, closing = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        head, rest = text.split(opening)
        tail = rest.split(closing)[1]
        text = head + opening + "\n".join(lines) + "\n" + closing + tail
    DOCUMENT.write_text(text, "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--onset-seeds", type=int, default=2)
    parser.add_argument("--cost-only", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    shared, quick = options.shared, options.quick
    parts: list[Callable[[], dict[str, list[str]]]] = [lambda: {"cost": cost()}]
    if not options.cost_only:
        seeds, onset_seeds = (2, 1) if quick else (options.seeds, options.onset_seeds)
        parts.append(lambda: {"scenarios": scenarios(seeds)})
        if (shared / "data/nab").is_dir():
            parts.append(lambda: {"nab": nab(shared), "airline": airline(shared)})
            parts.append(lambda: onset_tables(shared, onset_seeds, quick=quick))
        else:
            print(f"no {shared / 'data'}: the labelled series are left out")
    tables: dict[str, list[str]] = {}
    for part in parts:
        started = process_time()
        for name, lines in part().items():
            tables[name] = lines
            print("\n".join(lines), flush=True)
        print(f"({process_time() - started:.0f} s of a processor)\n", flush=True)
    if not (options.cost_only or quick):
        put(tables)


if __name__ == "__main__":
    main()

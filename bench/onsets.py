"""Onsets of real crises planted at quiet places of real series: how soon each rule finds them, at
which price.

The generator is ``tools/onsets.py`` of the research folder; here its cases stay in memory, and each
series' quiet past is run over once, whatever is planted where. With opinions, each mention carries
a p_neg that the shipped model gives a real complaint or another real text: of the ordinary mix
``SHARE`` are complaints, of what is planted twice as many.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.detect.base import SeriesDetector
from monitor.detect.evidence import PAGE
from monitor.detect.peers import PEERS
from monitor.detect.replay import advance
from monitor.detect.volume import Volume
from monitor.enrich.sentiment.shipped import load
from monitor.model import ALL, BUCKET, Bucket, Language, SeriesKey

SHARE = 0.3
"""Of the ordinary mix so many are complaints."""

WITHIN = {"1 h": 12, "6 h": 72}
WARM_UP, WEEK = 864, 2016
SIZES = (3.0, 8.0, 20.0)
THRESHOLDS = (2.5, PAGE, 3.0)
"""Of a page, for the curve."""

KEY = SeriesKey("b", ALL, "volume")

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Base:
    """A series as it was: counts, sums of p_neg, rows of labelled windows."""

    times: list[datetime]
    counts: NDArray[np.int64]
    negative: Floats
    labelled: NDArray[np.bool_]
    onsets: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Case:
    """A crisis planted into a base from ``row`` on, ``size`` times its ``usual`` hour."""

    base: tuple[str, str]
    row: int
    size: float
    crisis: str
    usual: float
    counts: NDArray[np.int64]
    negative: Floats


@dataclass(slots=True)
class Found:
    """What a rule did: alarms outside labelled windows by level, covered weeks, and for each case
    the bucket of its first watch and page (None: not within six hours)."""

    false: dict[str, int] = field(default_factory=lambda: {"watch": 0, "page": 0})
    weeks: float = 0.0
    told: list[tuple[Case, int | None, int | None]] = field(default_factory=list)

    def rate(self, level: str) -> float:
        """False alarms a week; a watch that becomes a page is both."""
        return self.false[level] / self.weeks

    def share(self, level: str, size: float, within: int, volume: str = "") -> float:
        """Of the cases of a size (and volume) found within so many buckets."""
        of = [t for t in self.told if t[0].size == size and volume in ("", t[0].base[1])]
        at = [watch if level == "watch" else page for _, watch, page in of]
        return sum(n is not None and n < within for n in at) / max(1, len(at))


def planted(shared: Path, seed: int) -> tuple[dict[tuple[str, str], Base], list[Case]]:
    """The series and what is planted into them, as ``tools/onsets.py`` makes them."""
    tool = generator(shared)
    windows = json.loads((shared / "data/nab/windows.json").read_text())
    every = list(tool.bases(shared / "data/nab", seed))
    texts = opinions_of_texts(shared)
    bases, places = {}, {}
    for n, (name, volume, times, counts) in enumerate(every):
        labels = [
            tuple(map(datetime.fromisoformat, w)) for w in windows[f"Twitter_volume_{name}.csv"]
        ]
        places[name, volume] = tool.quiet(times, labels)
        inside = np.array([any(a <= t <= b for a, b in labels) for t in times])
        drawn = _drawn(np.random.default_rng([seed, 77, n]), counts, SHARE, texts)
        bases[name, volume] = Base(times, counts, drawn, inside)
    return bases, _cases(shared, seed, tool, every, places, bases, texts)


def _cases(
    shared: Path,
    seed: int,
    tool: Any,
    every: Sequence[Any],
    places: Mapping[tuple[str, str], Sequence[int]],
    bases: Mapping[tuple[str, str], Base],
    texts: tuple[Floats, Floats],
) -> list[Case]:
    """Each crisis meets another series at each volume, and there the same place at every size."""
    cases = []
    for c, crisis in enumerate(json.loads((shared / "data/onsets/profiles.json").read_text())):
        for v, volume in enumerate(tool.VOLUMES):
            own = [base for base in every if base[1] == volume and places[base[0], volume]]
            name, _, times, counts = own[(c + v) % len(own)]
            rnd = np.random.default_rng([seed, c, v])
            row = int(rnd.choice(places[name, volume]))
            peak = int(np.argmax(np.convolve(crisis["counts"], np.ones(12), "valid"))) + 6
            usual = tool.hourly(times, counts, times[row + peak])
            bases[name, volume].onsets.add(row)
            for size in tool.FACTORS:
                more = np.asarray(tool.planted(crisis, size * usual, rnd))
                if size not in SIZES:
                    continue  # planted all the same: the dice of the sizes after it are the tool's
                mood = np.random.default_rng([seed, c, v, int(size * 10)])
                drawn = _drawn(mood, more, 2 * SHARE, texts)
                cases.append(Case((name, volume), row, size, crisis["name"], usual, more, drawn))
    return cases


def generator(shared: Path) -> Any:
    """``tools/onsets.py`` of the research folder."""
    spec = importlib.util.spec_from_file_location("onsets_tool", shared / "tools/onsets.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool


def opinions_of_texts(shared: Path) -> tuple[Floats, Floats]:
    """p_neg of real complaints, and of other real texts about the same companies."""
    with gzip.open(shared / "data/airline/mentions.jsonl.gz", "rt") as file:
        rows = list({row["id"]: row for row in map(json.loads, file)}.values())
    scores = load().score([row["text"] for row in rows], [Language.ENGLISH] * len(rows))
    negative = np.asarray(scores.probabilities[:, 0])
    complaint = np.array([row["gold"] == "negative" for row in rows])
    return negative[complaint], negative[~complaint]


def _drawn(
    rnd: np.random.Generator, counts: Any, share: float, texts: tuple[Floats, Floats]
) -> Floats:
    """Sums of p_neg of so many mentions a bucket, of whom ``share`` complain."""
    complaints = rnd.binomial(counts, share)
    sums = np.zeros(len(counts))
    for n, pool in ((complaints, texts[0]), (counts - complaints, texts[1])):
        run = np.concatenate([[0.0], np.cumsum(rnd.choice(pool, int(n.sum())))])
        ends = np.cumsum(n)
        sums += run[ends] - run[ends - n]
    return sums


def buckets(times: Sequence[datetime], counts: Any, negative: Any | None) -> Iterator[Bucket]:
    """Rows as the detectors see them; without ``negative`` opinions are unknown."""
    for n, (at, count) in enumerate(zip(times, counts, strict=True)):
        known = (float(count), float(negative[n])) if negative is not None else (0.0, 0.0)
        yield Bucket(at.replace(tzinfo=UTC), float(count), *known)


def found(
    bases: Mapping[tuple[str, str], Base],
    cases: Sequence[Case],
    make: Callable[[], SeriesDetector],
    *,
    opinions: bool,
) -> Found:
    """Run a rule over every base and every case."""
    result = Found()
    for name, base in bases.items():
        states = _over(base, make(), result, opinions)
        for case in cases:
            if case.base == name:
                detector = make()
                detector.load(json.loads(states[case.row]))
                result.told.append((case, *_first(base, case, detector, opinions)))
    return result


def _over(base: Base, detector: SeriesDetector, result: Found, opinions: bool) -> dict[int, str]:
    """Run over what was there, count what is told, keep the states at the onsets."""
    states, levels = {}, {}
    negative = base.negative if opinions else None
    for n, bucket in enumerate(buckets(base.times, base.counts, negative)):
        if n in base.onsets:
            states[n] = json.dumps(detector.dump())
        signal = advance(detector, bucket)
        if signal is None:
            continue
        level = signal.facts.get("level", "page")
        if signal.start not in levels:
            levels[signal.start] = "new"
            result.false["watch"] += not base.labelled[n]
        if level == "page" and levels[signal.start] != "page":
            levels[signal.start] = "page"
            result.false["page"] += not base.labelled[n]
    result.weeks += float((~base.labelled[WARM_UP:]).sum()) / WEEK
    return states


def _first(
    base: Base, case: Case, detector: SeriesDetector, opinions: bool
) -> tuple[int | None, int | None]:
    """The buckets after the onset in which it is first told as a watch, and as a page. What went
    on before the onset has been told."""
    rows = slice(case.row, case.row + max(WITHIN.values()))
    counts = base.counts[rows] + case.counts[: WITHIN["6 h"]]
    negative = base.negative[rows] + case.negative[: WITHIN["6 h"]] if opinions else None
    onset = base.times[case.row].replace(tzinfo=UTC)
    going = detector.score(Bucket(onset, float(base.counts[case.row])))
    watch: int | None = None
    for n, bucket in enumerate(buckets(base.times[rows], counts, negative)):
        signal = advance(detector, bucket)
        if signal is None:
            continue
        level, known = signal.facts.get("level", "page"), None
        if going is not None and going.start == signal.start:
            known = going.facts.get("level", "page")
        if known is None and watch is None:
            watch = n
        if level == "page" and known != "page":
            return (n if watch is None else watch), n
    return watch, None


def tables(shared: Path, seeds: int = 1, *, quick: bool = False) -> dict[str, list[str]]:
    """The tables of docs/detection.md; ``quick``: without the curve over the thresholds."""
    made = [planted(shared, seed) for seed in range(1, seeds + 1)]
    head = "| rule | false a week | ×3: 1 h / 6 h | ×8: 1 h / 6 h | ×20: 1 h / 6 h |"
    lines = [head, "|---" * 5 + "|"]
    price = [head.replace("rule", "threshold").replace("a week", "pages a week"), lines[1]]
    for title, opinions in (("volume only", False), ("with opinions", True)):
        at = {
            threshold: _pooled(made, lambda t=threshold: Volume(KEY, threshold=t), opinions)  # type: ignore[misc]
            for threshold in ((PAGE,) if quick else THRESHOLDS)
        }
        price += [_row(f"{t:g}, {title}", of, "page") for t, of in at.items()]
        for level in ("watch", "page"):
            lines.append(_row(f"**siaga, {title}: {level}**", at[PAGE], level))
        if opinions:
            for volume in ("full", "10", "2"):
                lines.append(_row(f"… pages, {_words(volume)}", at[PAGE], "page", volume))
    for name, peer in PEERS.items():
        theirs = _pooled(made, partial(peer, KEY, BUCKET), False)
        lines.append(_row(f"{name} (rule)", theirs, "page"))
    return {"onsets": lines} if quick else {"onsets": lines, "curve": price}


def _words(volume: str) -> str:
    return "series as they are" if volume == "full" else f"thinned to {volume} an hour"


def _pooled(
    made: Sequence[tuple[dict[tuple[str, str], Base], list[Case]]],
    make: Callable[[], SeriesDetector],
    opinions: bool,
) -> Found:
    pooled = Found()
    for bases, cases in made:
        one = found(bases, cases, make, opinions=opinions)
        pooled.weeks += one.weeks
        pooled.told += one.told
        for level, n in one.false.items():
            pooled.false[level] += n
    return pooled


def _row(title: str, of: Found, level: str, volume: str = "") -> str:
    cells = [
        " / ".join(f"{of.share(level, size, n, volume):.0%}" for n in WITHIN.values())
        for size in SIZES
    ]
    rate = "" if volume else f"{of.rate(level):.2f}"
    return f"| {title} | {rate} | " + " | ".join(cells) + " |"

"""Bare counts as history: ``timestamp,value`` files in (``scored,negative`` too, where opinions are
known: how many were scored, and the sum of their p_neg), ``timestamp,value,anomaly_score`` out.

Streaming: the score at a row depends on the rows up to it alone. A file's interval is the one most
common between its rows; a row that is missing counts as not seen, never as zero.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
import zlib
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from monitor.backtest.run import History
from monitor.detect.volume import THRESHOLD, Volume
from monitor.model import ALL, Bucket, SeriesKey
from monitor.problems import Problem

OPINIONS = ("scored", "negative")
"""Columns a file may have beside its counts."""

FINER = 1.25
"""Below the threshold an event shows again where its score is so many times what it was."""

WORSE = 2.0
"""Above it, an event that has been told is told again only where it is so many times worse."""


@dataclass(frozen=True, slots=True)
class Counts:
    """A file of counts: its rows as they stand there, and as buckets. It may be gzipped."""

    path: Path
    rows: tuple[tuple[str, str], ...]
    buckets: tuple[Bucket, ...]
    span: timedelta

    @property
    def name(self) -> str:
        """The file's name without its endings."""
        return self.path.name.removesuffix(".gz").removesuffix(".csv")

    def history(
        self,
        cases: Sequence[tuple[datetime, datetime]] = (),
        *,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> History:
        """The file as a series of the past, up to ``end``; alarms count from ``start`` on."""
        key = SeriesKey(self.name, ALL, "volume")
        kept = tuple(b for b in self.buckets if end is None or b.start < end)
        return History(key, kept, tuple(cases), self.span, since=start)


def as_anomaly(score: float) -> float:
    """−log10 p as 1 − p, with as many digits as are told apart."""
    return round(1.0 - math.pow(10.0, -max(score, 0.0)), 12)


def as_score(anomaly: float) -> float:
    """1 − p as −log10 p."""
    return -math.log10(max(1.0 - anomaly, 1e-12))


def read_folder(folder: Path) -> list[Counts]:
    """Every ``*.csv`` or ``*.csv.gz`` of a folder, each series once. Raises Problem where there is
    none, one cannot be read, or two of one name differ."""
    paths = sorted([*folder.glob("*.csv"), *folder.glob("*.csv.gz")])
    if not paths:
        raise Problem(f"no *.csv in {folder}; each must have the columns timestamp and value")
    found: dict[str, Counts] = {}
    for counts in map(read_counts, paths):
        other = found.setdefault(counts.name, counts)
        if other.rows != counts.rows:
            raise Problem(
                f"{other.path.name} and {counts.path.name} are one series and do not hold the "
                "same; take one of them away"
            )
    return list(found.values())


def read_counts(path: Path) -> Counts:
    """One file. Raises Problem with the line that is wrong."""
    rows: list[tuple[str, str]] = []
    moments: list[datetime] = []
    values: list[float | None] = []
    opinions: list[tuple[float, float]] = []
    try:
        unpack = gzip.open if path.suffix == ".gz" else open
        with unpack(path, "rt", encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            wanted = {"timestamp", "value"}
            if not wanted <= set(reader.fieldnames or ()):
                raise Problem(f"{path}:1: needs the columns timestamp and value")
            for row in reader:
                rows.append((row["timestamp"] or "", row["value"] or ""))
                moments.append(_moment(rows[-1][0], path, reader.line_num))
                if moments[-1] < max(moments[-2:]):
                    raise Problem(f"{path}:{reader.line_num}: goes back in time; sort the rows")
                values.append(_value(rows[-1][1], path, reader.line_num))
                opinions.append(_opinion(row, path, reader.line_num))
    except (OSError, EOFError, UnicodeDecodeError, zlib.error, csv.Error) as error:
        raise Problem(f"cannot read {path}: {error}; it must be CSV in UTF-8") from None
    span = _interval(moments, path)
    buckets = tuple(
        Bucket(at, value or 0.0, scored, negative, covered=value is not None, span=span)
        for at, value, (scored, negative) in zip(moments, values, opinions, strict=True)
    )
    return Counts(path, tuple(rows), buckets, span)


def _moment(text: str, path: Path, line: int) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise Problem(f"{path}:{line}: {text!r} is no time; write 2015-03-01 14:05:00") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _opinion(row: Mapping[str, str], path: Path, line: int) -> tuple[float, float]:
    """How many were scored, and the sum of their p_neg; none of either where the file has no
    such columns."""
    scored, negative = (_value(row.get(name) or "0", path, line) or 0.0 for name in OPINIONS)
    return scored, min(scored, negative)


def _value(text: str, path: Path, line: int) -> float | None:
    """A count; an empty one or NaN was not seen."""
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        raise Problem(f"{path}:{line}: {text!r} is no number") from None
    return value if math.isfinite(value) and value >= 0.0 else None


def _interval(moments: Sequence[datetime], path: Path) -> timedelta:
    steps = Counter(b - a for a, b in pairwise(moments) if b > a)
    if not steps:
        raise Problem(f"{path}: needs at least two rows, in order of time")
    return steps.most_common(1)[0][0]


class RisingLevels:
    """Lets a score through where it rises a level that nothing of the last day has reached.

    An event is one row over the threshold, and one on the way up to it for every level below; it
    is told again where it has become twice as bad.
    """

    def __init__(self, threshold: float, memory: timedelta = timedelta(days=1)) -> None:
        self._threshold, self._memory = threshold, memory
        self._recent: deque[tuple[datetime, int]] = deque()

    def pass_on(self, at: datetime, score: float) -> float:
        """The score, or 0 where the event it belongs to has been shown."""
        recent, level = self._recent, self._level(score)
        while recent and recent[0][0] <= at - self._memory:
            recent.popleft()
        rises = not recent or level > recent[0][1]
        while recent and recent[-1][1] <= level:
            recent.pop()
        recent.append((at, level))
        return score if rises and score > 0.0 else 0.0

    def _level(self, score: float) -> int:
        if score <= 0.01:
            return -10_000
        step = FINER if score < self._threshold else WORSE
        return math.floor(math.log(score / self._threshold) / math.log(step) + 1e-12)


def scored(counts: Counts, threshold: float = THRESHOLD) -> Iterator[float]:
    """The anomaly score (0..1) of each row, by the default volume detector."""
    detector = Volume(SeriesKey(counts.name, ALL, "volume"), span=counts.span)
    levels = RisingLevels(threshold)
    for bucket in counts.buckets:
        score = detector.surprise(bucket)
        detector.learn(bucket)
        yield as_anomaly(levels.pass_on(bucket.start, score))


def write_scores(counts: Counts, folder: Path, threshold: float = THRESHOLD) -> Path:
    """Write the file's rows with their scores under the same name. Raises Problem."""
    target = folder / f"{counts.name}.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("timestamp", "value", "anomaly_score"))
            for row, score in zip(counts.rows, scored(counts, threshold), strict=True):
                writer.writerow((*row, f"{score:.12f}".rstrip("0").rstrip(".") or "0"))
    except OSError as error:
        raise Problem(f"cannot write {target}: {error.strerror}") from None
    return target


def read_cases(path: Path) -> Mapping[str, list[tuple[datetime, datetime]]]:
    """Labelled cases: JSON, file or brand name -> list of [start, end]. Raises Problem."""
    try:
        found = json.loads(path.read_text("utf-8"))
        return {
            name.removesuffix(".gz").removesuffix(".csv"): [
                (_moment(a, path, 0), _moment(b, path, 0)) for a, b in of
            ]
            for name, of in found.items()
        }
    except (OSError, ValueError, TypeError, AttributeError) as error:
        wanted = '{"name": [["2015-03-01 10:00", "2015-03-02 18:00"]]}'
        raise Problem(f"cannot read {path}: {error}; it must look like {wanted}") from None

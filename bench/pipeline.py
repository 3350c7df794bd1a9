"""How fast is the whole way? JSON lines -> Page -> match -> language -> sentiment -> SQLite.

The daemon's own poll of a replayed file, with 1,000 queries, beside bare vaderSentiment on the same
texts in the same run: what counts is the ratio, because machines differ. Then what each step takes.

    python bench/pipeline.py [--shared DIR] [--texts N] [--queries N] [--rounds N]
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import statistics
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

PER_BUCKET = 400
"""Mentions in five minutes of the file: a page of the replay."""

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)

MADE_UP = """
kopi senja enak banget tapi pelayanan lama parah the queue was long and nobody said sorry why is my
order still not here terima kasih sudah cepat diganti love this place never again
""".split()  # noqa: SIM905


def texts_of(shared: Path, wanted: int) -> tuple[list[str], str]:
    """Texts to read: real ones where the shared data is, else made up."""
    files = [
        shared / "data" / "airline" / "mentions.jsonl.gz",
        shared / "data" / "sentiment" / "tweeteval.train.jsonl.gz",
    ]
    found: list[str] = []
    for file in files:
        if file.exists():
            with gzip.open(file, "rt", encoding="utf-8") as lines:
                found += [json.loads(line)["text"] for line in lines]
    if found:
        random.Random(1).shuffle(found)
        return found[:wanted], "airline and TweetEval"
    chance = random.Random(1)
    return [
        " ".join([*chance.choices(MADE_UP, k=14), f"no{chance.randrange(10**9)}"])
        for _ in range(wanted)
    ], "made up"


def queries_of(texts: list[str], count: int) -> list[str]:
    """One query that every text matches, and others of words that few texts have."""
    seen = Counter(word for text in texts for word in set(text.lower().split()) if word.isalpha())
    rare = sorted(word for word, n in seen.items() if 2 <= n <= max(3, len(texts) // 2_000))
    chance = random.Random(2)
    picked = chance.choices(rare or MADE_UP, k=3 * count)
    words = zip(picked[::3], picked[1::3], picked[2::3], strict=True)
    others = [f'("{a} {b}" OR {b} OR #{c}) NOT promo' for a, b, c in words]
    return ["platform:x", *others[1:]]


def write_file(path: Path, texts: list[str]) -> None:
    """The texts as a file that can be replayed, 400 to each five minutes."""
    step = timedelta(minutes=5) / PER_BUCKET
    with path.open("w", encoding="utf-8") as file:
        for number, text in enumerate(texts):
            row = {
                "id": str(10**18 + number),
                "text": text,
                "author": f"user{number % 5_000}",
                "created_at": (BEGIN + number * step).isoformat(),
            }
            file.write(json.dumps(row) + "\n")


class Times:
    """Seconds of CPU by step, measured around the program's own functions."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def measured(self, owner: Any, name: str, step: str) -> Iterator[None]:
        """Within, calls of ``owner.name`` are timed; each item of a generator too."""
        plain = getattr(owner, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            began = process_time()
            result = plain(*args, **kwargs)
            self.seconds[step] += process_time() - began
            return self._items(result, step) if hasattr(result, "__next__") else result

        setattr(owner, name, timed)
        try:
            yield
        finally:
            setattr(owner, name, plain)

    def _items(self, items: Iterator[Any], step: str) -> Iterator[Any]:
        while True:
            began = process_time()
            item = next(items, None)
            self.seconds[step] += process_time() - began
            if item is None:
                return
            yield item


def run(app: Any, times: Times) -> int:
    """Poll the file to its end; how many mentions were stored."""
    import monitor.jobs.poll.ingest as ingest
    import monitor.jobs.poll.poll as poll
    from connectors.replay.connector import Replay
    from monitor.enrich.pipeline import Enricher

    poll.sync_sources(app, BEGIN)
    new = 0
    with (
        times.measured(Replay, "fetch", "parse"),
        times.measured(Enricher, "read", "read"),
        times.measured(Enricher, "_languages", "language"),
        times.measured(Enricher, "_sentiments", "sentiment"),
        times.measured(poll, "store_page", "page"),
        times.measured(poll, "validate_page", "check"),
        times.measured(ingest, "store_readings", "insert"),
    ):
        while True:
            (claim,) = poll.claim_due(app, BEGIN + timedelta(days=365), 1)
            polled = poll.poll(app, claim.source_id, claim.token, app.now(), BEGIN)
            new += polled.new
            if polled.error:
                raise SystemExit(f"the poll failed: {polled.error}")
            if polled.done:
                return new


def whole_way(folder: Path, texts: list[str], queries: list[str], number: int) -> dict[str, float]:
    """Seconds of one whole way through a fresh database: wall, CPU, and CPU by step."""
    from monitor.app import assemble
    from monitor.settings.model import Settings, SourceSettings

    file = folder / f"mentions{number}.jsonl"  # a fresh one: a replay remembers its file's index
    write_file(file, texts)
    brands = [{"slug": f"b{n}", "name": f"B {n}", "query": q} for n, q in enumerate(queries)]
    source = SourceSettings(
        connector="replay", name="file", options={"path": str(file), "platform": "x"}
    )
    app = assemble(
        Settings.model_validate({"brands": brands}),
        sources=[source],
        database_url=f"sqlite:///{folder / f'bench{number}.db'}",
        now=lambda: BEGIN + timedelta(days=365),
        wall=lambda: BEGIN,
    )
    app.enricher.read([], [])
    times = Times()
    wall, cpu = perf_counter(), process_time()
    stored = run(app, times)
    taken = {"wall": perf_counter() - wall, "cpu": process_time() - cpu}
    app.db.close()
    if stored < 0.9 * len(set(texts)):
        raise SystemExit(f"only {stored:,} of {len(texts):,} texts were stored")
    s = times.seconds
    steps = {
        "parse": s["parse"],
        "check": s["check"],
        "match": s["read"] - s["language"] - s["sentiment"],
        "language": s["language"],
        "sentiment": s["sentiment"],
        "insert": s["insert"],
        "rollup, cursor, commit": s["page"] - s["read"] - s["insert"],
    }
    return taken | steps | {"rest": taken["cpu"] - sum(steps.values())}


def bare_vader(texts: list[str]) -> Callable[[], float]:
    """Seconds of CPU that vaderSentiment alone takes for the texts."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()

    def once() -> float:
        began = process_time()
        for text in texts:
            analyzer.polarity_scores(text)
        return process_time() - began

    return once


def report(texts: int, vader: float, ways: list[dict[str, float]]) -> None:
    """The rates, their ratio, and what each step takes, in medians over the rounds."""
    middle = {key: statistics.median(way[key] for way in ways) for key in ways[0]}
    print(f"  bare vaderSentiment  {texts / vader:>9,.0f} texts/s of CPU   1.00")
    for kind, name in (("cpu", "CPU"), ("wall", "wall")):
        rate = texts / middle.pop(kind)
        print(
            f"  the whole way        {rate:>9,.0f} texts/s of {name:<4}  {rate * vader / texts:.2f}"
        )
    total = sum(middle.values())
    for step, seconds in middle.items():
        print(f"    {step:<23} {1e6 * seconds / texts:>7.1f} µs a text  {seconds / total:>6.1%}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked, _ = parser.parse_known_args()
    texts, whence = texts_of(asked.shared, asked.texts)
    queries = queries_of(texts, asked.queries)
    vader = bare_vader(texts)
    with tempfile.TemporaryDirectory() as folder:
        bare, ways = [], []
        for number in range(asked.rounds):
            bare.append(vader())
            ways.append(whole_way(Path(folder), texts, queries, number))
    print(f"the whole way: {len(texts):,} texts ({whence}), {len(queries):,} queries, SQLite")
    report(len(texts), statistics.median(bare), ways)


if __name__ == "__main__":
    main()

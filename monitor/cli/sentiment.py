"""``siaga sentiment``: moods of texts, and people's corrections of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, cast

import click

from monitor.cli.opened import opened
from monitor.cli.options import config_option, count_of
from monitor.cli.person import who_is
from monitor.enrich.sentiment.base import CLASSES, SentimentModel
from monitor.enrich.sentiment.evaluate import Evaluation, evaluate
from monitor.enrich.sentiment.shipped import load
from monitor.enrich.sentiment.stream import answer, as_line, batches, has_id
from monitor.jobs.upkeep import corrections as job
from monitor.problems import Problem
from monitor.store.corrections import corrections

LABELS = click.Choice(["negative", "neutral", "positive"])


@click.group(invoke_without_command=True)
@click.option("--why/--no-why", default=True, help="Without `why` it is several times as fast.")
@click.pass_context
def sentiment(context: click.Context, why: bool) -> None:
    """The mood of texts: {"id", "text"} a line in; id, lang, label, p_neg, p_neu, p_pos, abstain
    and why a line out.

    siaga sentiment < in.jsonl > out.jsonl

    Lines that cannot be read are named on standard error and skipped. The commands below correct
    the model for a brand and judge it on texts of your own.
    """
    if context.invoked_subcommand is None:
        _stream(context, why)


def _stream(context: click.Context, why: bool) -> None:
    source, target = cast(BufferedReader, sys.stdin.buffer), sys.stdout.buffer
    if source.isatty():
        click.echo(context.get_help())
        return
    model = load()
    complain = _Complaints()
    good = 0
    for batch in batches(source, complain, has_id):
        good += len(batch)
        target.write(answer(model, batch, explain=why))
        target.flush()
    complain.sum_up(good)


class _Complaints:
    """Tells of each bad line on standard error, and how many there were."""

    def __init__(self) -> None:
        self.bad = 0

    def __call__(self, number: int, reason: str) -> None:
        self.bad += 1
        click.echo(f"line {number} {reason}; it is skipped", err=True)

    def sum_up(self, good: int) -> None:
        if self.bad:
            total = self.bad + good
            click.echo(f"{self.bad:,} of {total:,} lines could not be read", err=True)


@sentiment.command()
@config_option
@click.option("--brand", required=True, help="The brand's slug.")
@click.option("--mention", default="", metavar="PLATFORM:ID", help="A stored mention.")
@click.option("--text", default="", help="Any text, as people write it.")
@click.option("--who", default=None, help="Who says so; default: your login name.")
@click.argument("label", type=LABELS)
def correct(
    config: Path | None, brand: str, mention: str, text: str, who: str | None, label: str
) -> None:
    """Say what a text really is for a brand: negative, neutral or positive.

    The same text counts so at once. From 50 of these on the brand's other readings follow, from
    200 on by their words too.
    """
    if bool(mention) == bool(text):
        raise Problem("name either a mention (--mention PLATFORM:ID) or a text (--text).")
    with opened(config, create=True) as app:
        taken = job.correct(
            app, brand, label, app.wall(), text=text, mention=mention, who=who_is(who)
        )
    old = "" if taken.new else " (its label before is replaced)" if taken.changed else " already"
    click.echo(f"{label}{old}; {brand} has {count_of(taken.labels, 'correction')}.")


@sentiment.command()
@config_option
@click.option("--brand", default="", help="Only this brand's; default: every brand's.")
def export(config: Path | None, brand: str) -> None:
    """Print corrections, a JSON object a line, oldest first; `import` and `eval` read them."""
    with opened(config, reads=True) as app:
        for slug in job.known(app, brand):
            with app.db.read() as tx:
                rows = corrections(tx, slug)
            for row in rows:
                mention = f"{row.platform}:{row.external_id}" if row.external_id else ""
                shown = {
                    "id": mention or row.id,
                    "brand": row.brand,
                    "text": row.text,
                    "gold": row.gold,
                    "lang": row.language,
                    "who": row.who,
                    "at": row.at.isoformat(),
                }
                sys.stdout.buffer.write(as_line(shown))


@sentiment.command(name="import")
@config_option
@click.option("--brand", default="", help="Whose they are; default: each line's `brand`.")
@click.option("--who", default=None, help="Who said so where a line does not; default: you.")
@click.argument("file", type=click.File("rb"))
def import_(config: Path | None, brand: str, who: str | None, file: IO[bytes]) -> None:
    """Take corrections from FILE: a line of `text` and `gold`, with `brand` and `who` if you like.

    All of them or, with a problem, none.
    """
    rows = _labelled(file)
    by_brand: dict[str, list[tuple[str, str, str]]] = {}
    person = who_is(who)
    for row in rows:
        slug = brand or str(row.get("brand") or "")
        if not slug:
            raise Problem("a line names no brand; say whose they are with --brand.")
        said = (row["text"], _gold(row), str(row.get("who") or "") or person)
        by_brand.setdefault(slug, []).append(said)
    with opened(config, create=True) as app:
        done = job.take(app, by_brand, app.wall())
    for slug, taken in done.items():
        click.echo(
            f"{slug}: {count_of(taken.new, 'new correction')}, {taken.changed} changed; "
            f"it has {taken.labels:,}."
        )


@sentiment.command(name="eval")
@config_option
@click.option("--brand", default="", help="Judge the model as this brand's corrections made it.")
@click.argument("labels", type=click.File("rb"))
def eval_(config: Path | None, brand: str, labels: IO[bytes]) -> None:
    """How right the model is on LABELS: a line of `text` and `gold`."""
    rows = _labelled(labels)
    texts = [row["text"] for row in rows]
    model: SentimentModel = load()
    learned = frozenset[str]()
    if brand:
        with opened(config, reads=True) as app:
            model, learned = job.model_of(app, brand)
            texts = [app.enricher.as_read(brand, text) for text in texts]
    seen = sum(row["text"] in learned for row in rows)
    found = evaluate(model, texts, [_gold(row) for row in rows])
    click.echo(f"model       {model.version}")
    for line in _shown(found):
        click.echo(line)
    if seen:
        click.echo(
            f"{seen:,} of these texts are corrections that it has learned from: "
            "its figures flatter it."
        )


def _shown(found: Evaluation) -> Iterator[str]:
    yield f"labels      {found.labels:,}"
    yield f"accuracy    {100 * found.accuracy:.1f} %"
    yield f"macro-F1    {100 * found.macro_f1:.1f} %"
    yield f"calibration {100 * found.ece:.1f} points off on average (ECE)"
    yield f'coverage    {100 * found.coverage:.1f} % not "unsure"'
    yield ""
    yield f"{'labelled':<12}" + "".join(f"{name:>10}" for name in CLASSES) + "   (said)"
    for name, counts in zip(CLASSES, found.confusion, strict=True):
        yield f"{name:<12}" + "".join(f"{count:>10,}" for count in counts)


def _labelled(file: IO[bytes]) -> list[Mapping[str, Any]]:
    """The rows of a file of labels; bad lines are told of and left out. Raises ``Problem`` where
    there is none."""
    complain = _Complaints()
    arrived = batches(cast(BufferedReader, file), complain, _check)
    rows = [row for batch in arrived for row in batch]
    complain.sum_up(len(rows))
    if not rows:
        name = getattr(file, "name", "<stdin>")
        raise Problem(
            f'{name} has no labels; a line is {{"text": "…", "gold": "negative"}}, and gold is '
            "negative, neutral or positive."
        )
    return rows


def _check(row: Mapping[str, Any]) -> None:
    if _gold(row) not in LABELS.choices:
        raise ValueError("has no `gold` that is negative, neutral or positive")
    if not row["text"].strip():
        raise ValueError("has an empty `text`")


def _gold(row: Mapping[str, Any]) -> str:
    return str(row.get("gold") or row.get("label") or "")

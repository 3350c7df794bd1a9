"""``siaga sentiment``: score texts line by line; ``correct``, ``export``, ``import``, ``eval``."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from monitor.cli_options import config_option, quiet_logging
from monitor.problems import Problem

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.enrich.sentiment.base import SentimentModel

PAGE = 200
"""Lines scored together; memory stays what a page needs."""

MAX_LINE = 4_000_000
"""Bytes of a line; longer ones are reported and skipped."""


@click.group(invoke_without_command=True)
@click.pass_context
def sentiment(ctx: click.Context) -> None:
    """Score texts: {"id", "text"} a line on stdin -> {"id", "lang", "label", "p_neg", "p_neu",
    "p_pos", "abstain", "why"} a line on stdout. Lines that cannot be read are named on stderr and
    skipped. The commands below correct and judge the model on your own texts."""
    if ctx.invoked_subcommand is None:
        from monitor.enrich.sentiment.shipped import load

        _stream(sys.stdin.buffer, sys.stdout.buffer, load())


def _stream(source: IO[bytes], out: IO[bytes], model: SentimentModel) -> None:
    page: list[tuple[Any, str, str]] = []
    for row in _rows(source):
        page.append((row.get("id"), row["text"], str(row.get("lang") or "")))
        if len(page) == PAGE:
            _write(page, out, model)
            page = []
    if page:
        _write(page, out, model)


def _rows(source: IO[bytes]) -> Iterator[dict[str, Any]]:
    """The lines that are objects with a text. A line's end is found before it is parsed, so that
    one without an end cannot fill the memory."""
    import orjson

    number = 0
    while line := source.readline(MAX_LINE):
        number += 1
        problem = ""
        if len(line) >= MAX_LINE and not line.endswith(b"\n"):
            problem = f"longer than {MAX_LINE} bytes"
            while (rest := source.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
        elif not line.strip():
            continue
        else:
            try:
                row = _parsed(line, orjson.loads)
            except ValueError as error:
                problem = str(error)
            else:
                yield row
        if problem:
            click.echo(f"line {number} skipped: {problem}", err=True)


def _parsed(line: bytes, loads: Callable[[bytes], Any]) -> dict[str, Any]:
    import json

    try:
        row = loads(line)
    except ValueError:
        row = json.loads(line)  # takes lone surrogates, which orjson refuses
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise ValueError('no object with a "text"')
    return row


def _write(page: list[tuple[Any, str, str]], out: IO[bytes], model: SentimentModel) -> None:
    import orjson

    from monitor.enrich.language import identify
    from monitor.enrich.sentiment.base import CLASSES

    texts = [text for _, text, _ in page]
    languages = identify(texts, [hint for _, _, hint in page])
    scores = model.score(texts, languages)
    for at, (key, text, _) in enumerate(page):
        three = [round(p, 4) for p in scores.probabilities[at].tolist()]
        row = {
            "id": key if not isinstance(key, str) else _clean(key),
            "lang": languages[at],
            "label": CLASSES[int(scores.probabilities[at].argmax())],
            "p_neg": three[0],
            "p_neu": three[1],
            "p_pos": three[2],
            "abstain": bool(scores.abstain[at]),
            "why": list(map(_clean, model.why(text, languages[at]))),
        }
        out.write(orjson.dumps(row) + b"\n")
    out.flush()


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


@contextmanager
def _opened(config: Path | None) -> Iterator[App]:
    from monitor.app import open_app

    quiet_logging()
    app = open_app(config)
    try:
        yield app
    finally:
        app.db.close()


def _brand(command: Callable[..., Any]) -> Callable[..., Any]:
    return config_option(click.option("--brand", required=True, help="The brand's slug.")(command))


@sentiment.command()
@_brand
@click.option("--mention", default="", metavar="PLATFORM:ID", help="A stored mention.")
@click.option("--text", default="", help="Any text, as people write it.")
@click.option("--who", default=None, help="Who says so; default: your login name.")
@click.argument("label", type=click.Choice(["negative", "neutral", "positive"]))
def correct(
    config: Path | None, brand: str, mention: str, text: str, who: str | None, label: str
) -> None:
    """Say what a text really is. From 50 of these on, the brand's own readings follow."""
    from monitor.jobs.corrections import correct as job
    from monitor.store.corrections import corrections

    if bool(mention) == bool(text):
        raise Problem("Name either a mention (--mention PLATFORM:ID) or a text (--text).")
    with _opened(config) as app:
        job(app, brand, label, app.wall(), text=text, mention=mention, who=who or getpass.getuser())
        with app.db.read() as tx:
            count = len(corrections(tx, brand))
    click.echo(f"Kept: {label}. {brand} has {count} correction(s); they count from 50 on.")


@sentiment.command()
@_brand
def export(config: Path | None, brand: str) -> None:
    """Print the brand's corrections, a JSON object a line, oldest first."""
    import orjson

    from monitor.store.corrections import corrections

    with _opened(config) as app, app.db.read() as tx:
        for row in corrections(tx, brand):
            shown = {
                "text": row.text,
                "label": row.gold,
                "lang": row.language,
                "who": row.who,
                "at": row.at.isoformat(),
            }
            click.echo(orjson.dumps(shown))


@sentiment.command(name="import")
@_brand
@click.argument("labels", type=click.File("rb"))
def import_(config: Path | None, brand: str, labels: IO[bytes]) -> None:
    """Take corrections from LABELS ({"text", "label"} a line, or "gold" for "label")."""
    from monitor.jobs.corrections import take

    rows = [(row["text"], _label(row), str(row.get("who") or "")) for row in _rows(labels)]
    with _opened(config) as app:
        new = take(app, brand, rows, app.wall())
    click.echo(f"{len(rows)} correction(s) read, {sum(new)} of them new to {brand}.")


def _label(row: dict[str, Any]) -> str:
    return str(row.get("label") or row.get("gold") or "")


@sentiment.command(name="eval")
@config_option
@click.option("--brand", default="", help="Judge this brand's own model; default: the shipped one.")
@click.argument("labels", type=click.File("rb"))
def eval_(config: Path | None, brand: str, labels: IO[bytes]) -> None:
    """Accuracy, confusion, calibration and coverage on LABELS ({"text", "label"} a line)."""
    from monitor.enrich.language import identify
    from monitor.enrich.sentiment.base import CLASSES
    from monitor.enrich.sentiment.brand import evaluate

    rows = [(row["text"], _label(row)) for row in _rows(labels)]
    bad = next((label for _, label in rows if label not in CLASSES), None)
    if not rows or bad is not None:
        why = f"{bad!r} is no label" if rows else "it has no rows"
        raise Problem(f"{labels.name} cannot be judged on: {why}; use {', '.join(CLASSES)}.")
    texts = [text for text, _ in rows]
    model = _model(config, brand)
    scores = model.score(texts, identify(texts))
    click.echo(f"model       {model.version}")
    _show(evaluate(scores, [label for _, label in rows]), CLASSES)


def _model(config: Path | None, brand: str) -> SentimentModel:
    from monitor.enrich.sentiment.shipped import load

    if not brand:
        return load()
    from monitor.jobs.corrections import model_of

    with _opened(config) as app:
        return model_of(app, brand)


def _show(found: Any, classes: Iterable[str]) -> None:
    click.echo(f"labels      {found.labels}")
    click.echo(f"accuracy    {100 * found.accuracy:.1f} %")
    click.echo(f"calibration {100 * found.ece:.1f} points off on average (ECE)")
    click.echo(f'coverage    {100 * found.coverage:.1f} % not "unsure"')
    names = list(classes)
    click.echo("\nlabelled \\ said" + "".join(f"{name:>10}" for name in names))
    for name, counts in zip(names, found.confusion, strict=True):
        click.echo(f"{name:<15}" + "".join(f"{count:>10}" for count in counts))

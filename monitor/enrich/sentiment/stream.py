"""JSON lines of texts: read as they arrive, answered with their sentiment.

What has arrived is answered at once and in order; nothing is kept, so a stream may be endless.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import orjson

from monitor.enrich.crisis.find import NONE, shipped
from monitor.enrich.disguise import plain
from monitor.enrich.language import identify
from monitor.enrich.names import without_names
from monitor.enrich.sentiment.base import SentimentModel
from monitor.enrich.sentiment.reading import UNKNOWN, Text, read, told
from monitor.enrich.sentiment.shipped import load
from monitor.model import Sentiment
from monitor.query.text import unescaped

BATCH = 200
"""Texts scored at once, at most."""

MAX_LINE = 32 * 1024 * 1024
"""Bytes of a line; a longer one is no text anybody wrote, and is skipped without being kept."""

_CHUNK = 1 << 16

Row = Mapping[str, Any]
"""What a line says; ``text`` is a string."""


class Source(Protocol):
    """A buffered binary stream."""

    def read1(self, size: int, /) -> bytes:
        """What is there already, up to ``size`` bytes; waits for the first; empty at the end."""
        ...


def batches(
    source: Source, complain: Callable[[int, str], None], check: Callable[[Row], None]
) -> Iterator[list[Row]]:
    """What arrives, in batches of at most ``BATCH`` rows. ``check`` raises ``ValueError`` for a row
    that lacks something; ``complain(line number, why)`` is told of each line that is left out.
    Blank lines are nothing."""
    for arrived in _lines(source):
        rows = []
        for number, line in arrived:
            try:
                row = parsed(line)
                if row is not None:
                    check(row)
                    rows.append(row)
            except ValueError as why:
                complain(number, str(why))
        for at in range(0, len(rows), BATCH):
            yield rows[at : at + BATCH]


def _lines(source: Source) -> Iterator[list[tuple[int, bytes]]]:
    """Numbered lines as they arrive. A line that is too long comes as its beginning."""
    number, length = 0, 0
    rest: list[bytes] = []
    while chunk := source.read1(_CHUNK):
        *ended, tail = chunk.split(b"\n")
        lines = []
        for part in ended:
            if length <= MAX_LINE:
                rest.append(part)
            number += 1
            lines.append((number, b"".join(rest)))
            rest, length = [], 0
        if length <= MAX_LINE:
            rest.append(tail)
        length += len(tail)
        if lines:
            yield lines
    if length:
        yield [(number + 1, b"".join(rest))]


def parsed(line: bytes) -> Row | None:
    """The object of a line, None where it is blank. Raises ``ValueError``, whose text says why in
    plain words.

    The standard library's parser: lone surrogates and whole numbers of any length are fine."""
    if len(line) > MAX_LINE:
        raise ValueError(f"is longer than {MAX_LINE // 2**20} MiB")
    line = line.removeprefix(b"\xef\xbb\xbf").strip()
    if not line:
        return None
    try:
        found = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    except (ValueError, RecursionError):
        raise ValueError("is not JSON") from None
    if not isinstance(found, dict):
        raise ValueError('is no JSON object such as {"id": "1", "text": "…"}')
    if not isinstance(found.get("text"), str):
        raise ValueError("has no `text` that is a string")
    return found


def has_id(row: Row) -> None:
    """Raises ``ValueError`` where the answer could not be told to be this row's."""
    if not isinstance(row.get("id"), str | int):
        raise ValueError("has no `id` that is a string or a whole number")


def answer(model: SentimentModel, batch: Sequence[Row], *, explain: bool = True) -> bytes:
    """The lines that answer a batch. A row may name the ``brand`` (one, or several) whose name is
    to say nothing, and be of the ``kind`` article, whose words of a crisis count."""
    texts = [_as_read(row, model) for row in batch]
    languages = identify(texts)
    found = read(model, list(map(Text, texts, languages)))
    lines = []
    for row, text, language, sentiment in zip(batch, texts, languages, found, strict=True):
        if row.get("kind") == "article" and sentiment != UNKNOWN:
            sentiment = _of_news(text, sentiment)
        said = {
            "id": row["id"],
            "lang": language.value,
            "label": sentiment.label,
            "p_neg": round(sentiment.negative, 6),
            "p_neu": round(sentiment.neutral, 6),
            "p_pos": round(sentiment.positive, 6),
            "abstain": sentiment.abstain,
            "why": model.why(text, language) if explain else (),
        }
        lines.append(as_line(said))
    return b"".join(lines)


def _of_news(text: str, sentiment: Sentiment) -> Sentiment:
    news = load().news
    (seen,) = news.look([text])
    return told(sentiment, news.probability(seen, sentiment, shipped().find(text)), NONE)


def _as_read(row: Row, model: SentimentModel) -> str:
    text = plain(unescaped(row["text"]))
    named = row.get("brand")
    names = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    stand_in: str = getattr(model, "stand_in", "")
    return without_names(text, [name for name in names if isinstance(name, str)], stand_in)


def as_line(said: Row) -> bytes:
    """A JSON line, whatever strings and whole numbers are in it."""
    try:
        return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # what orjson does not take, ASCII can say
        return json.dumps(said, separators=(",", ":")).encode() + b"\n"

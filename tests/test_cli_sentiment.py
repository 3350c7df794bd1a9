"""``siaga sentiment``: a stream of texts in, their moods out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main_group
from monitor.enrich.sentiment import stream

COMMAND = [sys.executable, "-c", "from monitor.cli import main; main()", "sentiment"]
ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(main_group, ["sentiment", *arguments], input=given)


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def jsonl(*rows: Any) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def test_each_text_is_answered_in_order_with_every_field() -> None:
    result = run(
        given=jsonl(
            {"id": "a", "text": "I love this, thank you so much!"},
            {"id": 2, "text": "Pelayanannya parah banget, kecewa dan kapok"},
        )
    )
    assert result.exit_code == 0
    first, second = lines(result)
    assert set(first) == {"id", "lang", "label", "p_neg", "p_neu", "p_pos", "abstain", "why"}
    assert (first["id"], first["lang"], first["label"]) == ("a", "en", "positive")
    assert "love" in first["why"]
    assert (second["id"], second["lang"], second["label"]) == (2, "id", "negative")
    for row in (first, second):
        assert row["p_neg"] + row["p_neu"] + row["p_pos"] == pytest.approx(1, abs=1e-5)


def test_bad_lines_are_named_by_number_and_the_rest_is_answered() -> None:
    good = jsonl({"id": 1, "text": "fine"})
    bad = [
        (b"nope", "is not JSON"),
        (b"[1, 2]", "no JSON object"),
        (b'{"id": 1}', "no `text`"),
        (b'{"text": "x"}', "no `id`"),
        (b'{"id": 1, "text": 3}', "no `text`"),
        (b'{"id": 1, "text": "\xff"}', "is not UTF-8"),
        (b"[" * 100_000, "is not JSON"),
    ]
    result = run("--no-why", given=good + b"\n".join(line for line, _ in bad) + b"\n\n" + good)
    assert result.exit_code == 0
    assert len(lines(result)) == 2
    told = result.stderr.splitlines()
    for number, (_, why) in enumerate(bad, start=2):
        assert any(line.startswith(f"line {number} ") and why in line for line in told), why
    assert told[-1] == "7 of 9 lines could not be read"


def test_a_byte_order_mark_a_missing_last_newline_and_odd_strings_are_fine() -> None:
    odd = [
        b'\xef\xbb\xbf{"id": "\\udc00", "text": "\\ud800 great"}',
        b'{"id": 123456789012345678901234567890, "text": "\\u0000\\u202e\\u200b"}\r',
        b'{"id": "", "text": ""}',
    ]
    result = run(given=b"\n".join(odd))
    assert result.stderr == ""
    assert [row["id"] for row in lines(result)] == ["\udc00", 123456789012345678901234567890, ""]


def test_how_the_stream_is_cut_into_pages_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["bagus", "the wait was awful", "ok", "nggak jelek sih", "😡😡", "x " * 3000]
    given = jsonl(*({"id": n, "text": texts[n % len(texts)]} for n in range(60)))
    whole = run("--no-why", given=given).stdout
    monkeypatch.setattr(stream, "PAGE", 1)
    monkeypatch.setattr(stream, "_CHUNK", 7)
    assert run("--no-why", given=given).stdout == whole


def test_a_line_without_end_is_not_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_LINE", 1000)
    monkeypatch.setattr(stream, "_CHUNK", 300)
    given = jsonl({"id": 1, "text": "y" * 5000}, {"id": 2, "text": "fine"})
    result = run(given=given)
    assert [row["id"] for row in lines(result)] == [2]
    assert "line 1 is longer than" in result.stderr


def test_a_megabyte_of_text_is_answered() -> None:
    result = run(given=jsonl({"id": 1, "text": "sangat kecewa 😡 " * 60_000}))
    assert [row["label"] for row in lines(result)] == ["negative"]


def test_a_text_is_answered_before_the_next_one_comes() -> None:
    with subprocess.Popen(
        COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        for number in range(2):
            process.stdin.write(jsonl({"id": number, "text": "fine"}))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(20) == 0


def test_a_reader_that_goes_away_is_no_error_to_speak_of() -> None:
    given = jsonl(*({"id": n, "text": "fine " * 50} for n in range(20_000)))
    with subprocess.Popen(
        [*COMMAND, "--no-why"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(given[:100_000])
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        try:
            process.stdin.write(given[100_000:])
            process.stdin.close()
        except BrokenPipeError:
            pass
        assert process.stderr.read() == b""

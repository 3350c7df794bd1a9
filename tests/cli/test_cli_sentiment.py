"""``siaga sentiment``: a stream of texts in, their moods out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli.main import main_group
from monitor.enrich.sentiment import stream
from monitor.problems import Problem

COMMAND = [sys.executable, "-c", "from monitor.cli.main import main; main()", "sentiment"]
ROOT = Path(__file__).resolve().parents[2]


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
    monkeypatch.setattr(stream, "BATCH", 1)
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


CONFIG = """\
version: 1
brands:
  - {slug: kopi, name: Kopi, query: kopi}
  - {slug: teh, name: Teh, query: teh}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a config, its database beside it."""
    (tmp_path / "siaga.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SIAGA_DATABASE_URL", raising=False)
    return tmp_path


def wrong(*arguments: str, given: bytes = b"") -> str:
    """The one sentence of a command that cannot be done."""
    result = run(*arguments, given=given)
    assert result.exit_code == 1
    assert isinstance(result.exception, Problem)
    assert "\n" not in str(result.exception)
    return str(result.exception)


def test_a_correction_is_kept_exported_imported_and_judged_on(here: Path) -> None:
    told = run("correct", "--brand", "kopi", "--text", "kopi basi", "--who", "rani", "negative")
    assert told.stdout == "negative; kopi has 1 correction.\n"
    told = run("correct", "--brand", "kopi", "--text", "Kopi  basi", "--who", "budi", "neutral")
    assert told.stdout == "neutral (its label before is replaced); kopi has 1 correction.\n"
    told = run("correct", "--brand", "kopi", "--text", "kopi basi", "neutral")
    assert told.stdout == "neutral already; kopi has 1 correction.\n"
    [row] = lines(run("export"))
    assert {k: row[k] for k in ("brand", "text", "gold", "who")} == {
        "brand": "kopi",
        "text": "Kopi  basi",
        "gold": "neutral",
        "who": "budi",
    }
    exported = run("export", "--brand", "kopi").stdout
    (here / "labels.jsonl").write_text(exported)
    assert run("export", "--brand", "teh").stdout == ""
    told = run("import", "labels.jsonl", "--brand", "teh")
    assert told.stdout == "teh: 1 new correction, 0 changed; it has 1.\n"
    assert run("import", "labels.jsonl").stdout == (
        "kopi: 0 new corrections, 0 changed; it has 1.\n"
    )
    assert lines(run("export", "--brand", "teh"))[0]["who"] == "budi"


def test_an_evaluation_tells_accuracy_confusion_calibration_and_coverage(here: Path) -> None:
    given = jsonl(
        {"id": 1, "text": "I love it, thank you so much!", "gold": "positive"},
        {"id": 2, "text": "This is terrible, I hate it", "gold": "negative"},
        {"id": 3, "text": "This is awful and bad", "label": "positive"},
        {"id": 4, "text": "x", "gold": "angry"},
    )
    result = run("eval", "-", given=given)
    assert result.exit_code == 0
    assert "line 4 has no `gold`" in result.stderr
    shown = [line.split() for line in result.stdout.splitlines()]
    assert shown[1] == ["labels", "3"]
    assert shown[2] == ["accuracy", "66.7", "%"]
    assert shown[3] == ["macro-F1", "66.7", "%"]
    assert [shown[4][0], shown[5][0]] == ["calibration", "coverage"]
    assert shown[-3:] == [
        ["negative", "1", "0", "0"],
        ["neutral", "0", "0", "0"],
        ["positive", "1", "0", "1"],
    ]


def test_a_brands_own_model_is_judged_and_labels_it_has_seen_are_named(here: Path) -> None:
    rows = [
        {"id": n, "text": f"kopi parcel {n} is at the hub", "gold": "negative"} for n in range(60)
    ]
    (here / "labels.jsonl").write_bytes(jsonl(*rows))
    assert run("import", "labels.jsonl", "--brand", "kopi").exit_code == 0
    shipped = run("eval", "labels.jsonl").stdout
    own = run("eval", "labels.jsonl", "--brand", "kopi").stdout
    assert "+c60" in own
    assert "+c60" not in shipped
    assert "accuracy    100.0 %" in own
    assert "60 of these texts are corrections that it has learned from" in own
    assert run("eval", "labels.jsonl", "--brand", "teh").stdout == shipped


def test_what_cannot_be_done_is_one_sentence(here: Path) -> None:
    assert "either a mention" in wrong("correct", "--brand", "kopi", "negative")
    assert "no brand x; there are" in wrong("correct", "--brand", "x", "--text", "a", "negative")
    assert "x:1 is stored" in wrong("correct", "--brand", "kopi", "--mention", "x:1", "negative")
    assert "no brand x; there are" in wrong("export", "--brand", "x")
    assert "has no labels" in wrong("eval", "-", given=b"\n")
    assert "--brand" in wrong("import", "-", given=jsonl({"text": "a", "gold": "neutral"}))
    many = jsonl({"text": "a", "gold": "neutral"}, {"text": "b", "gold": "neutral", "brand": "x"})
    assert "--brand" in wrong("import", "-", given=many)
    assert run("export").stdout == ""

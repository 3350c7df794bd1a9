"""``siaga check``, ``config`` and ``query`` as a person meets them: output and exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli.check import check
from monitor.cli.config import config
from monitor.cli.query import query

CONFIG = """\
brands:
  - slug: kopi
    name: Kopi
    query: '"kopi senja" OR #kopi'
    sources:
      - {connector: rss, name: news, options: {google_news: kopi}}
      - {connector: x, name: search}
"""


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SIAGA_CONFIG", "X_BEARER_TOKEN", "X_BEARER_TOKEN_FILE", "SLACK_BOT_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def run(command: object, *arguments: str, stdin: str | bytes = "") -> Result:
    return CliRunner().invoke(command, arguments, input=stdin)  # type: ignore[arg-type]


def test_check_says_where_a_source_is_asked_so_rarely_that_its_deafness_is_told_late() -> None:
    Path("siaga.yaml").write_text(CONFIG.replace("name: news", "name: news, every: 30m"))
    told = run(check).output
    assert "kopi rss/news: ready; asked every 30 min: that it cannot be read is told 33 min" in told


def test_check_says_what_each_source_still_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("siaga.yaml").write_text(CONFIG)
    first = run(check)
    assert first.exit_code == 0
    assert "the config is fine (1 brand, 2 sources)" in first.output
    assert "kopi rss/news: ready" in first.output
    assert "kopi x/search: needs X_BEARER_TOKEN in the environment" in first.output
    monkeypatch.setenv("X_BEARER_TOKEN", "t0ken")
    second = run(check)
    assert "kopi x/search: ready" in second.output
    assert "t0ken" not in second.output


def test_check_takes_the_file_by_place_or_by_option() -> None:
    Path("own.yaml").write_text(CONFIG)
    assert run(check, "own.yaml").output == run(check, "--config", "own.yaml").output
    assert "own.yaml: the config is fine" in run(check, "own.yaml").output


def test_check_prints_every_error_and_ends_with_one() -> None:
    Path("siaga.yaml").write_text(CONFIG.replace("query", "quer") + "workers: 0\n")
    result = run(check)
    assert result.exit_code == 1
    assert "siaga.yaml:4: brands[kopi].quer: unknown key `quer`" in result.output
    assert "siaga.yaml:8: workers: must be greater than or equal to 1" in result.output
    assert "siaga.yaml: 3 errors" in result.output


def test_check_of_a_file_that_is_not_there_and_of_none_is_an_error() -> None:
    result = run(check, "gone.yaml")
    assert result.exit_code == 1
    assert "gone.yaml: there is no such file" in result.output
    nothing = run(check)
    assert nothing.exit_code == 1
    assert "siaga config example > siaga.yaml" in str(nothing.exception)


def test_check_names_a_secrets_file_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("siaga.yaml").write_text(CONFIG + "slack: {enabled: true, channel: '#a'}\n")
    monkeypatch.setenv("X_BEARER_TOKEN_FILE", "gone.txt")
    result = run(check)
    assert "cannot read X_BEARER_TOKEN from gone.txt" in result.output
    assert "Slack: needs SLACK_BOT_TOKEN" in result.output
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-one")
    output = run(check).output
    assert "Slack: not tried; `siaga check --online` tries it" in output
    assert "without SLACK_APP_TOKEN cards have no buttons" in output


def test_a_next_way_through_a_channel_that_is_off_is_an_error() -> None:
    Path("siaga.yaml").write_text(CONFIG + "next_ways: [webhook:crisis]\n")
    result = run(check)
    assert result.exit_code == 1
    assert "next_ways[1]: there is no channel of this name" in result.output


@pytest.mark.parametrize("url", ["postgresql://u:{}@h:port/db", "mysql://u:{}@h/db", "h={}"])
def test_check_says_that_the_environment_names_no_database(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    Path("siaga.yaml").write_text(CONFIG)
    monkeypatch.setenv("SIAGA_DATABASE_URL", url.format("hunter2"))
    result = run(check)
    assert result.exit_code == 1
    assert "names no database" in str(result.exception)
    assert "hunter2" not in result.output + str(result.exception)


def test_the_printed_example_passes_the_check() -> None:
    Path("siaga.yaml").write_text(run(config, "example").output)
    assert run(check).exit_code == 0


def test_the_schema_describes_durations_and_connectors_as_people_write_them() -> None:
    schema = json.loads(run(config, "schema").output)
    after = schema["$defs"]["BlindnessRule"]["properties"]["after"]
    assert after["default"] == "15m"
    assert "format" not in after
    assert "google_news" in schema["$defs"]["rss options"]["properties"]
    assert "P3D" not in json.dumps(schema)


def test_query_test_says_which_part_matched_or_why_not() -> None:
    lines = 'Kopi Senja enak\n{"text": "promo #kopi", "author": "budi"}\n\nteh\n'
    result = run(query, "test", '("kopi senja" OR #kopi) NOT promo', stdin=lines)
    assert result.exit_code == 0
    assert 'match: "kopi senja"' in result.output
    assert "no  without promo: it is there" in result.output
    assert "#kopi: not found" in result.output
    assert result.output.endswith("1 of 3 texts matched\n")


def test_query_test_reads_a_file_with_authors_platforms_and_languages() -> None:
    rows = [
        {"text": "a", "author": {"handle": "budi"}, "platform": "x"},
        {"text": "a", "author": "siti", "platform": "x"},
        {"title": "a", "author": "budi", "platform": "youtube"},
    ]
    Path("rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    result = run(query, "test", "a author:budi platform:x", "rows.jsonl")
    assert "1 of 3 texts matched" in result.output


def test_what_a_text_holds_cannot_steer_the_terminal() -> None:
    result = run(query, "test", "kopi", stdin="kopi \x1b[31m\x07 \u202e merah\n")
    assert "1 of 1 text matched" in result.output
    assert not {"\x1b", "\x07", "\u202e"} & set(result.output)


@pytest.mark.parametrize(
    ("arguments", "stdin", "told"),
    [
        (("a OR",), b"", "siaga: something to search for is missing after OR at character 3"),
        (("a",), b"fine\n\xff\n", "siaga: <stdin> line 2 is not UTF-8"),
        (("a",), b'{"body": "a"}', 'siaga: <stdin> line 1 has no "text"'),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_one(
    arguments: tuple[str, ...], stdin: bytes, told: str
) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from monitor.cli.main import main; main()",
            "query",
            "test",
            *arguments,
        ],
        input=stdin,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith(told)

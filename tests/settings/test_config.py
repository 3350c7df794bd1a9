"""The config: every mistake at once, each with its line and what to do; nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.app import load_config
from monitor.problems import Problem
from monitor.settings.load import ConfigProblem, Loaded, load
from monitor.settings.model import Settings
from monitor.settings.secrets import secret
from monitor.settings.shipped import shipped

BRAND = """\
brands:
  - slug: kopi
    name: Kopi
    query: kopi
"""


def no_options(connector: str, options: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [("options.bad", "this option is bad")] if "bad" in options else []


def no_playbook(text: str, file: str) -> list[tuple[int, str]]:
    return [(2, "this step is bad")] if "bad" in text else []


def loaded(tmp_path: Path, text: str | bytes) -> Loaded:
    file = tmp_path / "siaga.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(file, check_source=no_options, check_playbook=no_playbook)


def errors(tmp_path: Path, text: str | bytes) -> list[str]:
    with pytest.raises(ConfigProblem) as problem:
        loaded(tmp_path, text)
    return [line.removeprefix(f"{tmp_path}/") for line in str(problem.value).splitlines()]


def test_without_a_config_every_default_holds() -> None:
    assert load(None, check_source=no_options, check_playbook=no_playbook).settings == Settings()


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "brands:\nrules:\n"])
def test_an_empty_config_is_a_valid_one(tmp_path: Path, text: str) -> None:
    assert loaded(tmp_path, text).settings == Settings()


def test_the_example_loads_with_the_real_connectors_and_playbooks() -> None:
    example = load_config(shipped("siaga.example.yaml"))
    assert {s.connector for s in example.settings.brands[0].sources} == {"rss", "youtube", "x"}
    assert example.settings.brands[0].mode == "shadow"


def test_values_are_read_as_people_write_them(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        BRAND + "    covered_from: 2015-02-22T20:00Z\n    time_zone: Asia/Makassar\n"
        "    own_accounts: [x:kopi, 123.45.6]\n"
        "rules: {warm_up: 36h}\nworkers: 2\nplaybooks: []\n",
    ).settings
    assert settings.brands[0].covered_from == datetime(2015, 2, 22, 20, tzinfo=UTC)
    assert settings.brands[0].own_accounts == ("x:kopi", "123.45.6")
    assert settings.rules.warm_up == timedelta(hours=36)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbf" + BRAND.replace("\n", "\r\n").encode()
    assert loaded(tmp_path, text).settings.brands[0].query == "kopi"


def test_values_may_be_shared_by_anchors(tmp_path: Path) -> None:
    text = BRAND.replace("- slug", "- &base\n    slug") + "  - {<<: *base, slug: teh, query: teh}\n"
    settings = loaded(tmp_path, text).settings
    assert [(b.slug, b.name, b.query) for b in settings.brands] == [
        ("kopi", "Kopi", "kopi"),
        ("teh", "Kopi", "teh"),
    ]


BAD = """\
version: 1
brands:
  - slug: kopi
    name: 123
    quer: x
    time_zone: Jakarta
    languages: [in]
    covered_from: 2015-02-22T20:00
    playbook: launch
    digest: {day: monday, at: 8:00, to: [nobody]}
    sources:
      - connector: rss
        name: news
        every: 5
      - {connector: rss, name: news, every: 0s, options: {bad: 1}, covered_from: 20150222}
  - slug: kopi
    name: Kopi
    query: kopi OR
    language: xy
    slack_channel: '#x'
slack: {enabled: true, base_url: slack}
rules: {volume: {threshold: -1}}
storage: {url: mysql://x}
web: {port: 99999}
workers: many
rulez: {}
workers: 3
"""


def test_every_error_comes_at_once_with_its_line_and_what_to_do(tmp_path: Path) -> None:
    found = errors(tmp_path, BAD)
    for line, told in (
        (3, "brands[kopi].query: `query` is missing"),
        (4, "name: must be text; put it in quotes"),
        (5, "unknown key `quer`; did you mean `query`?"),
        (6, "unknown time zone `Jakarta`; did you mean `Asia/Jakarta`?"),
        (7, "unknown language code `in` (Indonesian is `id`)"),
        (8, "says no time zone; write 2015-02-22T20:00Z for UTC"),
        (9, "there is no playbook `launch`"),
        (10, "did you mean `mon`?"),
        (10, 'digest.at: must be a time of day in quotes, such as "08:00"'),
        (10, "must be an e-mail address"),
        (14, "sources[news].every: write a duration such as 90s, 5m"),
        (15, "`news` is taken by an earlier one"),
        (15, "every: must be longer than 0s"),
        (15, "options.bad: this option is bad"),
        (15, "covered_from: must be a time with its zone"),
        (16, "slug: `kopi` is taken by an earlier one"),
        (18, "something to search for is missing after OR at character 6"),
        (19, "unknown language `xy`"),
        (21, "Slack is enabled and no channel is named (for kopi)"),
        (21, "base_url: must be a web address"),
        (22, "threshold: must be greater than 0"),
        (23, "must be sqlite:///file.db or postgresql://"),
        (24, "port: must be less than or equal to 65535"),
        (25, "workers: must be a whole number"),
        (26, "unknown key `rulez`; did you mean `rules`?"),
        (27, "workers: stands twice (first in line 25)"),
    ):
        assert any(e.startswith(f"siaga.yaml:{line}: ") and told in e for e in found), told
    assert len(found) == 26

    lines = [int(e.split(":")[1]) for e in found]
    assert lines == sorted(lines)


@pytest.mark.parametrize("address", ["budi", "budi@example..id", "b@-x.id", "budi example@x.id"])
def test_a_person_s_address_is_one_to_which_mail_can_go(tmp_path: Path, address: str) -> None:
    people = f"version: 1\npeople: [{{slug: budi, name: Budi, email: {address}}}]\n"
    assert "people[budi].email: must be an e-mail address" in "".join(errors(tmp_path, people))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a\n- b\n", "siaga.yaml:1: a config is `key: value` lines"),
        ("just words\n", "siaga.yaml:1: a config is `key: value` lines"),
        (b"name: caf\xe9\n", "siaga.yaml:1: not UTF-8 here"),
        (b"a: 1\nb: \xff\n", "siaga.yaml:2: not UTF-8 here"),
        ("version: 1\n".encode("utf-16"), "siaga.yaml:1: saved as UTF-16"),
        (b"version: 1\nname: a\0b\n", "siaga.yaml:2: a control character"),
        ("version: 1\n\tworkers: 1\n", "siaga.yaml:2: not valid YAML"),
        ("brands: [\n", "a bracket that is never closed"),
        ("query: 'kopi\n", "a quote that is never closed"),
        ('query: "kopi senja" OR kopi\n', "put the whole value in single quotes"),
        ("query: @kopi\n", "a value that begins with @ needs quotes"),
        ("query: *kopi\n", "a value that begins with * needs quotes"),
        ("a: b: c\n", "a colon where none belongs"),
        ("version: 1\n---\nversion: 1\n", "a second document"),
        ("a: " + "{a: " * 1_500, "nests too deep"),
    ],
)
def test_a_file_that_is_no_config_is_one_clear_sentence(
    tmp_path: Path, text: str | bytes, told: str
) -> None:
    (found,) = errors(tmp_path, text)
    assert told in found


def test_a_file_that_unfolds_without_end_is_refused(tmp_path: Path) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n"
        for old, new in zip("abcdefg", "bcdefgh", strict=True)
    )
    assert "more values than any config" in errors(tmp_path, bomb)[0]
    assert "nests too deep" in errors(tmp_path, "a: &a [*a]\n")[0]


def test_a_missing_file_a_folder_and_an_unreadable_one_are_named(tmp_path: Path) -> None:
    for path, told in ((tmp_path / "no.yaml", "no such file"), (tmp_path, "this is a folder")):
        with pytest.raises(ConfigProblem, match=told):
            load(path, check_source=no_options, check_playbook=no_playbook)
    loop = tmp_path / "loop.yaml"
    loop.symlink_to(loop)
    with pytest.raises(ConfigProblem, match="cannot be read"):
        load(loop, check_source=no_options, check_playbook=no_playbook)


@pytest.mark.parametrize(
    "text",
    [
        BRAND.replace("query: kopi", "query: kopi #kopi"),
        BRAND + "    slack_channel: #kopi\n",
        BRAND.replace("query: kopi", "query: #kopi"),
    ],
)
def test_what_a_comment_sign_cuts_off_is_an_error_and_not_lost(tmp_path: Path, text: str) -> None:
    (error,) = errors(tmp_path, text)
    assert "`#kopi` is a comment here" in error
    assert "put the whole value in single quotes" in error


def test_a_comment_behind_a_value_is_a_comment(tmp_path: Path) -> None:
    text = BRAND.replace("query: kopi", "query: kopi  # what to listen for") + "workers: 2 #two\n"
    assert loaded(tmp_path, text).settings.workers == 2


@pytest.mark.parametrize(
    "text",
    [
        "slack: {bot_token: abc}\n",
        "slack: {channel: xoxb-1234-abcd}\n",
        "email: {password: abc}\n",
        BRAND + "    sources: [{connector: x, name: x, options: {key: 'xapp-1-abcd'}}]\n",
    ],
)
def test_a_secret_in_the_config_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    found = errors(tmp_path, text)
    assert any("secrets never stand in the config" in error for error in found)
    assert "abc" not in "".join(found).replace(str(tmp_path), "")


def test_what_is_probably_not_meant_is_a_warning(tmp_path: Path) -> None:
    text = BRAND.replace("query: kopi", "query: kopi or teh") + (
        "    language: fr\n    digest: {to: [team@example.com]}\n"
        "storage: {url: 'postgresql://siaga:pw@db/siaga'}\n"
    )
    warnings = " ".join(map(str, loaded(tmp_path, text).warnings))
    for told in (
        "the operator is OR",
        "no translation into `fr`",
        "nobody gets this digest",
        "better set SIAGA_DATABASE_URL",
    ):
        assert told in warnings
    assert "pw" not in warnings


def test_errors_in_the_playbooks_it_names_are_in_the_same_list(tmp_path: Path) -> None:
    (tmp_path / "launch.yaml").write_text("version: 1\nbad: 1\n")
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9")
    found = errors(tmp_path, "playbooks: [launch.yaml, gone.yaml, latin.yaml]\nrulez: 1\n")
    assert [error.split(": ")[0] for error in found] == [
        "siaga.yaml:2",
        "launch.yaml:2",
        "gone.yaml",
        "latin.yaml:1",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "brands: 5\n",
        "brands: [5, [], null]\n",
        "brands: {a: 1}\n",
        "slack: 5\n",
        "rules: []\n",
        "brands: [{slug: [], query: {}, digest: 5, sources: 5, languages: {a: 1}}]\n",
        "brands: [{sources: [5, {options: 5, connector: [], name: {}}]}]\n",
        "playbooks: {a: 1}\n",
        "playbooks: [[]]\n",
        "5: 5\n",
        "? [a]\n: 1\n",
        "web: {port: 1e99}\n",
        "workers: " + "9" * 5_000 + "\n",
        "storage: {url: []}\n",
        "a: !!python/object x\n",
        "rules: {warm_up: 99999999999999w}\n",
        "web: {public_url: 'http://[::1'}\n",
        "brands: [{covered_from: 99999-99-99}]\n",
        "brands: [{time_zone: ../../etc/passwd}]\n",
    ],
)
def test_whatever_shape_it_has_the_answer_is_a_list_of_errors(tmp_path: Path, text: str) -> None:
    assert errors(tmp_path, text)


def test_a_secret_comes_from_the_environment_or_from_the_file_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("X_TEST", raising=False)
    assert secret("X_TEST") == ""
    file = tmp_path / "token"
    file.write_text("abc\n")
    monkeypatch.setenv("X_TEST_FILE", str(file))
    assert secret("X_TEST") == "abc"
    monkeypatch.setenv("X_TEST", "def")
    assert secret("X_TEST") == "def"


def test_a_secrets_file_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xffsecret")
    for file in (tmp_path / "gone", tmp_path, binary):
        monkeypatch.setenv("X_TEST_FILE", str(file))
        with pytest.raises(Problem, match="cannot read X_TEST from") as problem:
            secret("X_TEST")
        assert "\\xff" not in str(problem.value)


def test_shipped_files_are_found_and_a_missing_one_is_told() -> None:
    assert (shipped("playbooks") / "default.yaml").is_file()
    with pytest.raises(Problem, match="install siaga again"):
        shipped("no-such-folder")


def test_a_playbook_chosen_by_what_it_matches_must_be_there_too(tmp_path: Path) -> None:
    (found,) = errors(tmp_path, BRAND + "    playbooks: [data-leak, datleak]\n")
    assert found.startswith(
        "siaga.yaml:5: brands[kopi].playbooks[2]: there is no playbook `datleak`"
    )


def test_a_beginning_that_is_yet_to_come_is_told(tmp_path: Path) -> None:
    (warning,) = loaded(tmp_path, BRAND + "    covered_from: 2926-03-01T00:00Z\n").warnings
    assert str(warning).endswith("covered_from: is yet to come, so it is passed over; "
                                 "write when collection began")  # fmt: skip


@pytest.mark.parametrize(
    ("name", "query", "tag"),
    [
        ("Kopi Senja", '"kopi senja"', "#kopisenja"),
        ("Kopi Senja", "kopi senja", "#kopisenja"),
        ("Kopi Senja", '"kopi senja" OR #kopisenja', ""),
        ("Kopi Senja", '"kopi senja" OR kopisenja', ""),
        ("H&M", '"H&M"', ""),
        ("Zorvex", "zorvex", ""),
        ("Teh Pagi", '("teh pagi" OR @tehpagi) NOT lowongan', "#tehpagi"),
    ],
)
def test_a_name_that_is_not_heard_as_a_hashtag_is_told(
    tmp_path: Path, name: str, query: str, tag: str
) -> None:
    text = f"version: 1\nbrands:\n  - slug: b\n    name: {name}\n    query: '{query}'\n"
    told = [str(warning) for warning in loaded(tmp_path, text).warnings]
    assert [line for line in told if "hashtag" in line] == told
    assert len(told) == bool(tag)
    assert all(f"OR {tag}`" in line for line in told)

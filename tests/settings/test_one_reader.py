"""One reader for every file people write: the same slip is the same sentence, wherever it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from alerting.playbook.load import check_playbook
from alerting.register import RegisterProblem
from connectors.base import Rejected
from connectors.simulated.scenario import load_scenario
from monitor.app import assemble, config_files, load_config, reload_app
from monitor.cli.main import main_group
from monitor.runtime.work import Work
from monitor.settings.load import ConfigProblem
from monitor.settings.shipped import shipped
from monitor.store.engine import Database, DatabaseProblem

CONFIG = """\
version: 1
brands:
  - slug: kopi
    name: Kopi
    query: kopi
    sources:
      - {connector: rss, name: news, options: {url: "https://example.com/feed"}}
"""


def of_config(folder: Path, text: str) -> list[str]:
    file = folder / "siaga.yaml"
    file.write_text(text)
    try:
        load_config(file)
    except ConfigProblem as problem:
        return str(problem).splitlines()
    return []


def of_playbook(_folder: Path, text: str) -> list[str]:
    return [f"{line}: {message}" for line, message in check_playbook(text)]


def of_scenario(folder: Path, text: str) -> list[str]:
    file = folder / "weeks.yaml"
    file.write_text(text)
    try:
        load_scenario(str(file))
    except Rejected as problem:
        return str(problem).split("; ")
    return []


GOOD = {
    "config": (of_config, CONFIG),
    "options": (of_config, CONFIG),
    "playbook": (of_playbook, (shipped("playbooks") / "default.yaml").read_text()),
    "scenario": (of_scenario, (shipped("scenarios") / "kopi-senja.yaml").read_text()),
}


@pytest.mark.parametrize(
    ("kind", "key", "typo"),
    [
        ("config", "query", "qurey"),
        ("options", "url", "urll"),
        ("playbook", "otherwise", "otherwize"),
        ("scenario", "title", "titel"),
    ],
)
def test_a_misspelt_key_is_named_with_its_line_and_the_key_that_was_meant(
    tmp_path: Path, kind: str, key: str, typo: str
) -> None:
    read, good = GOOD[kind]
    assert read(tmp_path, good) == []
    bad = good.replace(f"{key}:", f"{typo}:", 1)
    line = bad[: bad.index(f"{typo}:")].count("\n") + 1
    found = [said for said in read(tmp_path, bad) if "unknown key" in said]
    assert len(found) == 1
    assert f"{line}: " in found[0]
    assert f"unknown key `{typo}`; did you mean `{key}`?" in "; ".join(read(tmp_path, bad))


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n"
    for old, new in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize("kind", ["config", "playbook", "scenario"])
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (BOMB, "more values than any config needs"),
        ("a: " + "[" * 1_500, "nests too deep"),
        ("a: " + "{a: " * 600, "nests too deep"),
        ("a: &a [*a]\n", "nests too deep"),
        ("a: 1\na: 2\n", "stands twice (first in line 1)"),
        ('a: "\\UFFFFFFFF"\n', "that YAML does not allow"),
        ('a: "\\U00110000"\n', "that YAML does not allow"),
    ],
)
def test_a_file_that_unfolds_or_nests_without_end_is_one_sentence_whatever_it_is(
    tmp_path: Path, kind: str, text: str, sentence: str
) -> None:
    assert any(sentence in said for said in GOOD[kind][0](tmp_path, text))


SECRET = "xoxb-1234567890-abcdefghijKLMN"
KEY = "Zk3vQ9mX2rT7wL5pB8nC4jH6"
JOINED = "AQXdSP_W41_UPs5ioT-t8HESyODB4FqbkJ8LrV_5mff4"
LOGIN = "smtp://relay:Zk3vQ9mX@mail.example.com"


@pytest.mark.parametrize("token", [SECRET, KEY, JOINED, LOGIN])
@pytest.mark.parametrize(
    "change",
    [
        ("slug: kopi", "slug: {}"),
        ("name: Kopi", "{}: Kopi"),
        ("name: Kopi", "time_zone: {}"),
        ("name: Kopi", "language: {}"),
        ("name: Kopi", "languages: [{}]"),
        ("name: Kopi", "playbook: {}"),
        ("connector: rss", "connector: {}"),
        ("name: news", "every: {}"),
        ("name: news", "{}: news"),
        ("version: 1", "version: {}"),
        ("name: news", "name: #{}"),
        ("url:", "{}:"),
        ("version: 1", "storage: {{url: {}}}"),
        ("query: kopi", "query: kopi OR ({}"),
        ("query: kopi", "mode: {}"),
        ("https://example.com/feed", "{}"),
        ("version: 1", "rules: {{warm_up: {}}}"),
        ("version: 1", "playbooks: ['{}']"),
    ],
)
def test_a_secret_pasted_into_the_wrong_place_is_never_printed_back(
    tmp_path: Path, token: str, change: tuple[str, str]
) -> None:
    bad = CONFIG.replace(change[0], change[1].format(token), 1)
    found = of_config(tmp_path, bad)
    assert found
    assert token not in "\n".join(found)
    assert token[8:21] not in "\n".join(found)


def test_what_is_no_secret_is_told_as_it_is(tmp_path: Path) -> None:
    name = "playbooks/Q3-launch-of-2026-Jakarta-raya_and_Bandung.yaml"
    (said,) = of_config(tmp_path, CONFIG + f"playbooks: [{name}]\n")
    assert name in said


@pytest.mark.parametrize("base", ["http://slack.example/api/", "http://10.0.0.1/api/"])
def test_slacks_token_goes_in_the_clear_to_nobody_but_this_machine(
    tmp_path: Path, base: str
) -> None:
    text = CONFIG + f"slack: {{enabled: true, channel: '#a', base_url: '{base}'}}\n"
    assert any("in the clear; write https://" in said for said in of_config(tmp_path, text))
    here = text.replace(base, "http://127.0.0.1:8080/api/")
    assert not any("in the clear" in said for said in of_config(tmp_path, here))


@pytest.mark.parametrize(
    "url", ["postgresql://siaga@db:port/siaga", "postgresql://siaga@db:99999/s"]
)
def test_a_port_that_is_none_is_one_sentence(tmp_path: Path, url: str) -> None:
    found = of_config(tmp_path, CONFIG + f"storage: {{url: '{url}'}}\n")
    assert len(found) == 1
    assert "the port must be a number" in found[0]
    with pytest.raises(DatabaseProblem) as problem:
        Database(url.replace("99999", "port"))
    assert "storage.url" in str(problem.value)


def test_a_password_in_a_urls_parameters_is_hidden(tmp_path: Path) -> None:
    url = "postgresql://siaga@db/siaga?password=hunter2&sslpassword=hunter3&connect_timeout=3"
    database = Database(url)
    assert "hunter" not in database.name
    assert "connect_timeout=3" in database.name
    file = tmp_path / "siaga.yaml"
    file.write_text(CONFIG + f"storage: {{url: '{url}'}}\n")
    (warning,) = load_config(file).warnings
    assert "better set SIAGA_DATABASE_URL" in str(warning)
    assert "hunter" not in str(warning)


@pytest.mark.parametrize(
    "text", ['"\\e]0;x\\a": 1', '"a\\u202eb": 1', '"\\e[2Jx": 1', '"\\x9b2J": 1']
)
def test_what_a_file_calls_things_steers_no_terminal(tmp_path: Path, text: str) -> None:
    told = "\n".join(of_config(tmp_path, f"{CONFIG}{text}\n"))
    assert "unknown key" in told
    assert all(char.isprintable() or char == "\n" for char in told)


@pytest.mark.parametrize("name", ["Kopi\\e[31m", "Kopi\\a", "Ko\\0pi", "\\u202eKopi", "\\x9bKopi"])
def test_a_name_with_a_control_character_is_refused(tmp_path: Path, name: str) -> None:
    told = of_config(tmp_path, CONFIG.replace("name: Kopi", f'name: "{name}"'))
    assert [line.partition(": ")[2] for line in told] == [
        "brands[kopi].name: holds a control character; take it out"
    ]


@pytest.mark.parametrize("register", ["a: [", "version: 1\nrisk: []\n", None])
def test_a_register_that_cannot_be_read_is_found_before_the_crisis(
    tmp_path: Path, register: str | None
) -> None:
    file, risks = tmp_path / "siaga.yaml", tmp_path / "risks.yaml"
    file.write_text(f"risks: risks.yaml\nstorage: {{url: 'sqlite:///{tmp_path}/s.db'}}\n{CONFIG}")
    risks.write_text("version: 1\nrisks: []\n")
    settings = load_config(file).settings
    app = assemble(settings, folder=tmp_path)
    assert risks in config_files(file, app.settings)
    if register is None:
        risks.unlink()
    else:
        risks.write_text(register)
    told = CliRunner().invoke(main_group, ["check", str(file)])
    assert "risks.yaml" in str(told.exception)
    with pytest.raises(RegisterProblem):
        reload_app(app, file)
    again = assemble(settings, folder=tmp_path)
    with pytest.raises(RegisterProblem):
        Work(again, dict).start()
    for one in (app, again):
        one.db.close()

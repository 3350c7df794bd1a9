"""``siaga playbook`` and ``siaga risks`` as a marketing person would use them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli.playbook import playbook
from monitor.cli.risks import risks
from monitor.settings.shipped import shipped

CONFIG = """\
version: 1
people: [{slug: ayu, name: Ayu, slack: U0AYU01}, {slug: budi, name: Budi, slack: U0BUDI1}]
roles:
  social: {people: [ayu]}
  comms: {people: [ayu]}
  legal: {people: [budi]}
  exec: {people: [budi]}
  support: {people: [ayu]}
brands: [{slug: kopi, name: Kopi Senja, query: kopi}]
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "siaga.yaml").write_text(CONFIG)


def run(*words: str) -> Result:
    return CliRunner().invoke(playbook, list(words))


def test_the_shipped_config_stands_up_to_the_check() -> None:
    done = run("check")
    assert done.exit_code == 0, done.output
    assert "data-leak.id: ok" in done.output


def test_a_copy_is_changed_checked_and_tested_without_reading_python(tmp_path: Path) -> None:
    text = (shipped("playbooks") / "data-leak.id.yaml").read_text("utf-8")
    mine = tmp_path / "bocor.yaml"
    mine.write_text(text.replace("at: 10m", "at: 5m"), "utf-8")
    assert run("check", "bocor.yaml").exit_code == 0
    tests = tmp_path / "bocor.test.yaml"
    tests.write_text(
        "playbook: bocor.yaml\ntests:\n"
        "  - name: hukum dipanggil setelah lima menit\n    signals: [{score: 4}]\n"
        "    expect: {severity: SEV1, after: [0, 5, 20], says: tanpa izin}\n"
    )
    assert "1 passed, 0 failed" in run("test", "bocor.test.yaml").output
    mine.write_text(text, "utf-8")
    failed = run("test", "bocor.test.yaml")
    assert failed.exit_code == 1
    assert "steps come after [0, 10, 20] minutes, not [0, 5, 20]" in failed.output
    mine.write_text(text.replace("checklist:", "checklis:"), "utf-8")
    wrong = run("check", "bocor.yaml")
    assert wrong.exit_code == 1
    assert "did you mean `checklist`?" in wrong.output


def test_the_ladder_is_printed_with_its_people_and_times() -> None:
    done = run("simulate", "data-leak", "--from", "2026-03-02T03:00")
    assert done.exit_code == 0
    assert "Mon 03:10  step 1: legal, exec (Budi)" in done.output
    assert "round 4" in done.output
    assert run("simulate", "nothing").exit_code != 0
    assert "nobody is told" in run("simulate", "default", "--severity", "SEV4").output


HOURS = (
    CONFIG.replace("slack: U0AYU01}", 'slack: U0AYU01, quiet_hours: {from: "23:00", to: "05:00"}}')
    .replace("social: {people: [ayu]}", "social: {people: [ayu], backup: [budi]}")
    .replace("query: kopi}", "query: kopi, time_zone: UTC}")
)


def test_the_ladder_shows_whose_page_waits_for_their_night_or_for_a_budget_and_the_office(
    tmp_path: Path,
) -> None:
    (tmp_path / "siaga.yaml").write_text(HOURS + "page_budget: {per_hour: 1}\n")
    said = run("simulate", "data-leak", "--severity", "SEV2", "--from", "2026-11-27T22:50").output
    assert "Fri 22:50  step 0: social (Ayu)\n" in said
    assert (
        "comms (nobody now), shown in the channel, Ayu's page waits until Sat 05:00 (their" in said
    )
    said = run("simulate", "data-leak", "--severity", "SEV2", "--from", "2026-11-27T12:00").output
    assert (
        "Fri 12:15  step 1: comms (nobody now), shown in the channel, Ayu's page waits until Fri "
    )
    assert "waits until Fri 13:00 (page budget)" in said
    said = run("simulate", "data-leak", "--severity", "SEV1", "--from", "2026-11-27T23:50").output
    assert "waits" not in said
    office = (shipped("playbooks") / "data-leak.yaml").read_text("utf-8")
    office = office.replace("    ack_timeout: 4h\n", "    hours: business\n")
    (tmp_path / "mine.yaml").write_text(office)
    said = run("simulate", "mine.yaml", "--severity", "SEV2", "--from", "2026-11-27T18:00").output
    assert "Mon 09:00  step 0: social (Ayu), counted in business hours" in said


def test_the_register_is_drawn_with_its_risks() -> None:
    done = CliRunner().invoke(risks, ["--list", "--language", "id"])
    assert done.exit_code == 0, done.output
    assert "likelihood" in done.output
    assert "customer-data (SEV2)" in done.output
    assert "Data pelanggan bocor" in done.output
    assert "Nothing of the register was seen" in done.output


def test_a_language_in_which_the_register_has_no_titles_is_refused() -> None:
    done = CliRunner().invoke(risks, ["--language", "fr"])
    assert done.exit_code == 2
    assert "'fr' is not one of 'en', 'id'" in done.output


def test_what_is_to_be_said_of_every_playbook_is_said_once(tmp_path: Path) -> None:
    without_roles = CONFIG[: CONFIG.index("roles:")] + CONFIG[CONFIG.index("brands:") :]
    (tmp_path / "siaga.yaml").write_text(without_roles)
    said = run("check").output
    assert said.count("the config has no `roles`") == 1
    assert "playbooks: " in said
    assert "data-leak.id" in said.splitlines()[-1]


def test_a_brands_playbook_for_what_nothing_tells_is_told(tmp_path: Path) -> None:
    config = CONFIG.replace("query: kopi}", "query: kopi, playbooks: [response-sla, data-leak]}")
    (tmp_path / "siaga.yaml").write_text(config)
    said = run("check").output
    assert said.count("nothing here tells by itself") == 1
    assert "is for unanswered, which" in said


def test_a_translation_that_does_something_else_and_one_that_is_missing_are_told(
    tmp_path: Path,
) -> None:
    shipped_one = (shipped("playbooks") / "data-leak.yaml").read_text("utf-8")
    (tmp_path / "leak.yaml").write_text(shipped_one)
    (tmp_path / "leak.id.yaml").write_text(shipped_one.replace("at: 10m", "at: 12m"))
    (tmp_path / "rude.yaml").write_text(shipped_one)
    brands = "".join(
        f"  - {{slug: {slug}, name: {slug}, query: {slug}, language: {language},\n"
        "     playbooks: [leak, rude]}\n"
        for slug, language in (("kopi", "id"), ("teh", "en"))
    )
    (tmp_path / "siaga.yaml").write_text(
        CONFIG[: CONFIG.index("brands:")]
        + f"brands:\n{brands}playbooks: [leak.yaml, leak.id.yaml, rude.yaml]\n"
    )
    said = run("check").output
    assert "nothing here tells" not in said
    assert "warning: levels: differs from leak:" in said
    assert "is read in en (teh), id (kopi) in the same words: add rude.id.yaml" in said
    assert "add leak." not in said


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("notify: [legal, exec]", "notify: [hukum, exec]", "nobody has the role hukum"),
        ("owner: legal, within: 4h", "owner: bos, within: 4h", "nobody has the role bos"),
        ('if_no: "goto viral-negativity"', 'if_no: "goto viral"', "there is no such playbook"),
        ("expires: 2027-12-31", "expires: 2020-12-31", "has expired on 2020-12-31"),
    ],
)
def test_what_the_check_finds_is_told_with_its_line(
    tmp_path: Path, before: str, after: str, said: str, named: bool
) -> None:
    text = (shipped("playbooks") / "data-leak.yaml").read_text("utf-8")
    assert before in text
    (tmp_path / "leak.yaml").write_text(text.replace(before, after, 1), "utf-8")
    (tmp_path / "siaga.yaml").write_text(f"{CONFIG}playbooks: [leak.yaml]\n")
    found = run("check", *(() if named else ("leak.yaml",))).output
    lines = [line for line in found.splitlines() if said in line]
    at = text[: text.index(before)].count("\n") + 1
    told = [int(line.split()[1].rstrip(":")) for line in lines if line.startswith("  line ")]
    assert told, found
    assert all(at - 6 <= number <= at for number in told), (at, lines)


def test_the_same_mistake_on_two_lines_and_in_two_files_is_told_with_each_line(
    tmp_path: Path,
) -> None:
    text = (shipped("playbooks") / "data-leak.yaml").read_text("utf-8")
    twice = text.replace("at: 10m, notify", "at: 10m, notfy").replace(
        "at: 15m, notify", "at: 15m, notfy"
    )
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(twice, "utf-8")
    lines = {n for n, line in enumerate(twice.splitlines(), 1) if "notfy" in line}
    for files in (("a.yaml",), ("a.yaml", "b.yaml")):
        found = run("check", *files).output
        told = [line for line in found.splitlines() if "`notify`" in line]
        assert len(lines) == 2
        assert all(any(f"line {n}:" in line for line in told) for n in lines), found

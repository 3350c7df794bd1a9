"""`siaga incident` and `siaga explain`: what somebody sees and does at 3 a.m. in a terminal."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from click.testing import CliRunner
from fakes.crisis import BRAND, angry, blind, detected, loud, minutes, watching

from monitor.cli.explain import explain
from monitor.cli.incident import incident
from monitor.cli.incident_text import explanation, shown
from monitor.cli.language import told
from monitor.cli.main import main_group
from monitor.jobs.respond.escalate import run_timers
from monitor.jobs.respond.respond import respond
from monitor.jobs.views.explain import explained
from monitor.model import TOLD_LATE
from monitor.problems import Problem
from monitor.store.meta import put_meta

CONFIG = """\
version: 1
brands:
  - {slug: kopi-senja, name: Kopi Senja, query: '"kopi senja"'}
  - {slug: watched, name: Watched, query: watched, mode: shadow}
"""


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A database a replay has left: a crisis, a blind source, and a brand in shadow."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "siaga.yaml").write_text(CONFIG)
    shadow = BRAND.model_copy(update={"slug": "watched", "name": "Watched", "mode": "shadow"})
    app = watching(f"sqlite:///{folder / 'played.db'}", BRAND, shadow)
    crisis = loud(
        score_1h=5.2, score_6h=6.1,
        bar=140.4, bar_minutes=180, bar_from="2026-02-14T03:00:00+00:00",
    )  # fmt: skip
    detected(app, crisis, angry(), blind(), loud(brand="watched"))
    for brand in (BRAND.slug, "watched"):
        respond(app, brand, minutes(6))
    run_timers(app, minutes(21))
    with app.db.write() as tx:
        put_meta(tx, "position", {"at": minutes(25).isoformat()})
    app.db.close()
    return folder


@pytest.fixture
def siaga(played, tmp_path, monkeypatch):
    """Runs a command on a copy of that database."""
    import shutil

    for path in played.iterdir():
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)

    def run(*words, group=incident):
        result = CliRunner().invoke(group, [*words, "--database", "played.db"])
        if isinstance(result.exception, Problem):
            return 1, str(result.exception)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.exit_code, result.output

    return run


def test_the_list_shows_what_is_open_worst_first_and_what_is_only_watched(siaga):
    code, said = siaga("list")
    assert code == 0
    lines = said.splitlines()
    assert len(lines) == 3
    assert any("Kopi Senja: many more mentions than usual" in line for line in lines)
    assert any("blind on YouTube since 12:00 WIB" in line for line in lines)
    assert [line for line in lines if line.endswith("shadow")]
    assert siaga("list", "--brand", "watched")[1].count("\n") == 1
    assert siaga("list", "--brand", "none")[1].startswith("There is no brand none; there are:")


def test_show_answers_why_it_paged(siaga):
    _, said = siaga("show", "1")
    for part in (
        "Incident 1 · SEV2 (high) · Kopi Senja · Reputation",
        "nobody has acknowledged it",
        "Since:    12:00 WIB, opened 12:06 WIB",
        "212 mentions in 1 h, normally 40–75",
        "12:06 WIB  told for the first time: SEV2; volume on all platforms 212, normally 40–75",
        "12:21 WIB  the next step: nobody had acknowledged: step 1, notify @channel",
        "Next:     12:51 WIB: @channel, unless somebody acknowledges",
    ):
        assert part in said


def test_explain_prints_every_number_and_whether_it_paged(siaga):
    _, said = siaga("1", group=explain)
    for part in (
        "volume on all platforms",
        "observed: 212 over 1 h",
        "expected: 55, and in 95 % of ordinary times 40 to 75",
        "score:    6.1 (only about one in 1,000,000 ordinary intervals looks like this)",
        "by scale: 1h 5.2, 6h 6.1",
        "bar:      140 over 3 h alone would page; the highest before it was on",
        "negative share on all platforms",
        "observed: 61% over 1 h",
        "Negative: 61%, usually 30%",
        "Severity: SEV2 by default (playbook default, version",
        "Paged?    yes: 12:06 WIB @here (pending); 12:21 WIB @channel (pending)",
    ):
        assert part in said


def test_explain_says_why_nobody_was_paged(siaga):
    numbers = {line.split()[0] for line in siaga("list", "--brand", "watched")[1].splitlines()}
    _, said = siaga(numbers.pop(), group=explain)
    assert "Paged?    no: the brand is only watched (mode: shadow)" in said
    assert "nobody told: the brand is only watched (mode: shadow): SEV2" in said


def test_neither_shows_the_code_of_a_rule(tmp_path):
    app = watching(f"sqlite:///{tmp_path / 'sev1.db'}")
    detected(app, loud(score=14, observed=1412, negative_share=0.7), angry())
    respond(app, BRAND.slug, minutes(6))
    detected(app, loud(at=25, score=15, observed=1500, negative_share=0.7), angry(at=25))
    respond(app, BRAND.slug, minutes(26))
    found = explained(app, 1, minutes(30))
    app.db.close()
    assert found is not None
    words = "what came is at least 4 times the usual and the negative share is at least 50%"
    for said in ("\n".join(shown(found)), "\n".join(explanation(found))):
        assert words in said
        assert not re.search(r">=|`|negative_share >|still_going|otherwise", said), said
        assert "nobody told: it goes on as it was" in said


def test_acknowledging_says_so_and_the_second_hears_who_was_first(siaga):
    assert siaga("ack", "1", "--who", "rina") == (
        0,
        "Incident 1 is yours; the ladder stops.\n",
    )
    code, said = siaga("ack", "1", "--who", "budi")
    assert (code, said) == (1, "Already acknowledged by rina at 12:25 WIB.")
    assert "acknowledged by rina" in siaga("list")[1]


def test_snooze_resolve_and_reopen(siaga):
    assert siaga("snooze", "1", "--for", "2h", "--reason", "statement")[0] == 0
    assert "14:25 WIB: the snooze ends" in siaga("show", "1")[1]
    assert siaga("resolve", "1", "--not-a-crisis", "--who", "rina")[0] == 0
    assert "closed by rina: not a crisis" in siaga("list", "--all")[1]
    assert siaga("reopen", "1")[0] == 0
    assert "12:40 WIB: @channel" in siaga("show", "1")[1]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("ack", "99"), 1, "There is no incident 99."),
        (("show", "99"), 1, "There is no incident 99; `siaga incident list --all` shows them."),
        (("snooze", "1", "--for", "2 moons", "--reason", "x"), 2, "write a duration such as"),
        (("snooze", "1", "--for", "2h"), 2, "Missing option '--reason'"),
        (("snooze", "1", "--for", "2d", "--reason", "x"), 1, "Snooze for at most 1 day."),
        (("ack", "one"), 2, "is not a valid integer"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(siaga, words, code, sentence):
    got, said = siaga(*words)
    assert got == code
    assert sentence in said


def test_a_database_that_is_not_there_is_one_sentence(siaga):
    with pytest.raises(Problem, match=r"There is no database nowhere\.db"):
        CliRunner().invoke(incident, ["list", "--database", "nowhere.db"], catch_exceptions=False)


def test_strangers_words_do_not_reach_the_terminal_as_control_characters(siaga, played):
    code, _ = siaga("ack", "1", "--who", "\x1b[31mred\x07", "--reason", "a\x1b]0;b\x07")
    assert code == 0
    assert "\x1b" not in siaga("show", "1")[1] + siaga("list")[1] + siaga("1", group=explain)[1]


def test_a_platforms_name_cannot_steer_the_terminal(tmp_path, monkeypatch):
    """A replayed file names its platforms as it likes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "siaga.yaml").write_text(CONFIG)
    app = watching(f"sqlite:///{tmp_path / 'played.db'}")
    evil = "x\x1b[31m\x1b]0;owned\x07\u202e"
    detected(app, loud(platform=evil), blind())
    respond(app, BRAND.slug, minutes(6))
    app.db.close()
    for words in (("list", "--all"), ("show", "1"), ("show", "2")):
        done = CliRunner().invoke(incident, [*words, "--database", "played.db"])
        assert done.exit_code == 0, done.output
        assert not {"\x1b", "\x07", "\u202e"} & set(done.output)
    done = CliRunner().invoke(explain, ["1", "--database", "played.db"])
    assert "\x1b" not in done.output


def test_everything_that_waits_is_acknowledged_at_once_and_only_that(siaga):
    code, text = siaga("ack", "--all", "--who", "rina")
    assert code == 0
    assert text.splitlines() == [
        "Incident 1 is yours; the ladder stops.",
        "Incident 2 is yours; the ladder stops.",
    ]
    assert siaga("ack", "--all", "--who", "budi") == (0, "No incident is waiting for anybody.\n")


def test_one_brands_incidents_are_acknowledged_at_once(siaga):
    assert siaga("ack", "--brand", "watched") == (0, "No incident is waiting for anybody.\n")
    assert len(siaga("ack", "--brand", "kopi-senja")[1].splitlines()) == 2
    assert "There is no brand kopi" in siaga("ack", "--brand", "kopi")[1]


def test_of_several_numbers_each_is_answered(siaga):
    assert siaga("ack", "1", "--who", "rina")[0] == 0
    code, text = siaga("ack", "1", "2", "--who", "budi")
    assert code == 1
    assert "Already acknowledged by rina" in text
    assert "acknowledged by budi" in siaga("show", "2")[1]


def test_an_acknowledgement_of_nothing_says_what_to_name(siaga):
    assert siaga("ack")[0] == 2
    assert siaga("ack", "1", "--all")[0] == 2


def test_export_gives_the_look_back_and_its_counts_for_the_backtest(siaga, tmp_path):
    assert siaga("note", "1", "The [video](x) is from last year", "--who", "Sari")[0] == 0
    assert siaga("resolve", "1", "--who", "Sari")[0] == 0
    code, said = siaga("export", "1")
    assert code == 0
    for part in (
        "# Incident 1: Kopi Senja, SEV2",
        "| detected | 6 min |",
        "| first statement | never |",
        "## Missed",
        "## Timeline",
        "WIB noted by Sari: The \\[video\\](x) is from last year",
    ):
        assert part in said
    machine = json.loads(siaga("export", "1", "--json", "--fixture", "past")[1])
    assert machine["seconds_to"]["detected"] == 360
    assert machine["resolved_by"] == "Sari"
    assert [event["what"] for event in machine["timeline"]][:2] == ["opened", "escalated"]
    windows = json.loads((tmp_path / "past" / "windows.json").read_text())
    assert [len(window) for window in windows["kopi-senja-1.csv"]] == [2]
    assert (tmp_path / "past" / "kopi-senja-1.csv").read_text().startswith("timestamp,value")
    assert siaga("export", "99") == (1, "There is no incident 99.")


def test_export_speaks_the_language_that_is_asked_for(siaga):
    siaga("resolve", "1", "--who", "Sari")
    said = siaga("export", "1", "--language", "id")[1]
    for part in (
        "# Insiden 1: Kopi Senja, SEV2",
        "| dari awal sampai | lamanya |",
        "| pernyataan pertama | tidak pernah |",
        "- tidak ada yang menanganinya",
        "WIB selesai oleh Sari",
    ):
        assert part in said
    programs = siaga("export", "1", "--json")[1]
    assert siaga("export", "1", "--json", "--language", "id")[1] == programs
    assert {"kind": "acknowledgement", "late_s": None} in json.loads(programs)["missed"]


def test_a_legal_hold_is_shown_with_its_person_reason_and_end(siaga):
    held = siaga("hold", "1", "--for", "365d", "--reason", "a claim is expected", "--who", "Sari")
    assert held == (0, "What was said of incident 1 is kept until 4 Mar 2027, 12:25 WIB.\n")
    shown = siaga("show", "1")[1]
    assert "Held:     until 4 Mar 2027, 12:25 WIB by Sari: a claim is expected" in shown
    assert "kept (legal hold) by Sari: a claim is expected" in siaga("export", "1")[1]
    assert siaga("release", "1", "--who", "Budi")[0] == 0
    assert "Held:" not in siaga("show", "1")[1]
    assert siaga("release", "1", "--who", "Budi") == (1, "It is not held.")


def test_what_was_no_crisis_is_kept_as_a_false_alarm(siaga, tmp_path):
    siaga("resolve", "1", "--not-a-crisis", "--reason", "a sale", "--who", "Sari")
    siaga("export", "1", "--fixture", "past")
    assert json.loads((tmp_path / "past" / "windows.json").read_text()) == {"kopi-senja-1.csv": []}


def test_commands_answer_in_english_whatever_the_brand_speaks(siaga, tmp_path):
    config = tmp_path / "siaga.yaml"
    config.write_text(CONFIG.replace("query: '\"kopi senja\"'", "query: kopi, language: id"))
    assert siaga("ack", "1", "--who", "rina") == (0, "Incident 1 is yours; the ladder stops.\n")
    assert "Already acknowledged by rina" in siaga("ack", "1", "--who", "budi")[1]
    assert "acknowledged by rina" in siaga("show", "1")[1]
    assert siaga("note", "1", "x", "--who", "rina") == (0, "Noted.\n")


def test_explain_tells_one_series_once_where_one_platform_is_all_there_is(tmp_path):
    app = watching(f"sqlite:///{tmp_path / 'one.db'}")
    detected(app, loud(), loud(platform="x"), loud(platform="tiktok", observed=90))
    respond(app, BRAND.slug, minutes(6))
    found = explained(app, 1, minutes(30))
    app.db.close()
    assert found is not None
    told = [line for line in explanation(found) if line.startswith("volume on")]
    assert told == ["volume on all platforms", "volume on TikTok"]


def test_explain_says_when_what_a_platform_told_late_was_to_be_seen(tmp_path):
    app = watching(f"sqlite:///{tmp_path / 'late.db'}")
    first, last = minutes(20).isoformat(), minutes(25).isoformat()
    late = loud(visible_from=first, visible_until=last)
    detected(app, loud(), replace(late, detector=TOLD_LATE))
    respond(app, BRAND.slug, minutes(26))
    found = explained(app, 1, minutes(30))
    app.db.close()
    assert found is not None
    (line,) = [line for line in explanation(found) if "visible" in line.split(":")[0]]
    first, last = (found.context.localizer.time(minutes(at)) for at in (20, 25))
    assert re.search(rf"only from .*{first}.* on, the last at .*{last}.*; told late", line)


ENGLISH = re.compile(
    r"\b(the|is|are|was|of|and|or|since|until|nobody|somebody|told|over|from|what|by|no|not|yet|"
    r"mentions?|sources?|incidents?|opened|usual|heard|waits?|daemon has)\b"
)
"""Words that no Indonesian sentence has."""


@pytest.mark.parametrize(
    ("command", "parts"),
    [
        (
            ("incident", "list", "--all", "--database", "played.db"),
            ("YouTube tidak terpantau sejak 12:00 WIB", "belum ada yang menangani · bayangan"),
        ),
        (
            ("incident", "show", "1", "--database", "played.db"),
            (
                "Insiden 1 · SEV2 (tinggi) · Kopi Senja · Reputasi",
                "Sejak:    12:00 WIB, dibuka 12:06 WIB",
                "12:21 WIB  langkah berikutnya: belum ada yang menangani",
                "Lanjut:   12:51 WIB: @channel, kecuali ada yang mengambil alih",
            ),
        ),
        (
            ("explain", "1", "--database", "played.db"),
            (
                "teramati: 212 dalam 1 jam",
                "wajarnya: 55, dan dalam 95 % waktu biasa 40 sampai 75",
                "Negatif:  61%, biasanya 30%",
                "Dipanggil? ya: 12:06 WIB @here (menunggu)",
            ),
        ),
        (
            ("status",),
            ("Kopi Senja (kopi-senja): ", "insiden 1: SEV2 kopi-senja, ", "menunggu dikirim"),
        ),
        (("incident", "ack", "1", "--database", "played.db"), ("Insiden 1 Anda tangani",)),
        (("incident", "show", "9", "--database", "played.db"), ("Tidak ada insiden 9; ",)),
        (
            ("incident", "list", "--brand", "teh", "--database", "played.db"),
            ("Tidak ada merek teh; yang ada: kopi-senja, watched.",),
        ),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_whoever_speaks_indonesian_is_answered_in_it(siaga, tmp_path, monkeypatch, command, parts):
    monkeypatch.setenv("SIAGA_LANGUAGE", "id")
    monkeypatch.setenv("SIAGA_DATABASE_URL", f"sqlite:///{tmp_path / 'played.db'}")
    result = CliRunner().invoke(main_group, command)
    said = result.output
    if isinstance(result.exception, Problem):
        said = told(result.exception)
    for part in parts:
        assert part in said
    posts = ("kopi senja", "“", "(score", "notify", "volume", "negative share", "facts", "fakta")
    ours = [line for line in said.splitlines() if not any(word in line for word in posts)]
    assert not ENGLISH.findall(re.sub("`[^`]*`", "", "\n".join(ours))), said

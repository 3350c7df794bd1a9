"""Commands speak the language of whoever types them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from click.testing import CliRunner

from alerting.i18n import FOLDER, Localizer
from monitor.cli.language import language
from monitor.cli.main import main_group
from monitor.cli.named import VARIABLES

ROOT = Path(__file__).resolve().parents[2]
INDONESIAN = {"SIAGA_LANGUAGE": "id"}

CONFIG = """
brands:
  - slug: kopi
    name: Kopi Senja
    query: "\\"kopi senja\\" OR kopisenja"
    sources:
      - {connector: rss, name: news, options: {url: "https://example.com/feed"}}
"""


def run(*argv: str, **env: str) -> tuple[int, str]:
    done = CliRunner().invoke(main_group, argv, env={**INDONESIAN, **env}, catch_exceptions=True)
    return done.exit_code, done.output


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("environment", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "id_ID.UTF-8"}, "id"),
        ({"LANG": "id"}, "id"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LC_ALL": "POSIX", "LANG": "id_ID.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "id_ID@latin", "LANG": "en_US.UTF-8"}, "id"),
        ({"LC_MESSAGES": "en_GB.UTF-8", "LANG": "id_ID.UTF-8"}, "en"),
        ({"LANGUAGE": "jv:id:en", "LC_ALL": "de_DE.UTF-8"}, "id"),
        ({"LANGUAGE": "de:en:id"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"SIAGA_LANGUAGE": "en", "LANGUAGE": "id", "LC_ALL": "id_ID.UTF-8"}, "en"),
        ({"SIAGA_LANGUAGE": "id", "LC_ALL": "C"}, "id"),
        ({"SIAGA_LANGUAGE": "../id"}, "en"),
    ],
)
def test_the_first_variable_that_is_set_says_the_language(
    environment: dict[str, str], spoken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language() == spoken


def test_a_good_config_is_told_in_indonesian(tmp_path: Path) -> None:
    config = tmp_path / "siaga.yaml"
    config.write_text(CONFIG)
    code, told = run("check", str(config))
    assert code == 0
    assert "konfigurasinya benar (1 merek, 1 sumber)" in told
    assert "kopi rss/news: siap" in told
    assert "peringatan: tidak ada peringatan yang sampai ke siapa pun" in told


MISTAKES = """
brand: kopi
brands:
  - slug: Kopi Senja
    name: Kopi Senja
    query: kopi && senja
    time_zone: Asia/Jakata
    digest: {to: [rina]}
    sources:
      - {connector: rss, name: news, every: soon}
web: {port: 99999, host: 5}
rules: {volume: {min_mentions: 0}}
slack: {interactions: sockets}
"""


def test_every_mistake_of_a_config_is_told_in_indonesian(tmp_path: Path) -> None:
    config = tmp_path / "siaga.yaml"
    config.write_text(MISTAKES)
    code, told = run("check", str(config))
    assert code == 1
    lines = told.splitlines()
    assert f"{config}:2: brand: kunci `brand` tidak dikenal; mungkin maksudnya `brands`?" in lines
    for said in (
        "query: tulis AND, bukan && pada karakter ke-6",
        "zona waktu `Asia/Jakata` tidak dikenal; mungkin maksudnya `Asia/Jakarta`?",
        "tulis lamanya, misalnya 90s, 5m, 2h, atau 1d, bukan 'soon'",
        "web.port: harus maksimal 65535",
        "web.host: harus teks; tulis dalam tanda petik",
        "rules.volume.min_mentions: harus minimal 1",
        "harus `socket`, `http` atau `off`; mungkin maksudnya `socket`?",
        "harus alamat e-mail, misalnya team@example.com",
    ):
        assert said in told
    assert not re.search(r"\b(must|write|unknown|did you|there (is|are)|and|or)\b", told), told


def test_what_cannot_be_parsed_is_told_in_indonesian() -> None:
    say = Localizer("id").problem
    assert say("siaga.yaml:3: not valid YAML: a tab; YAML is indented with spaces") == (
        "siaga.yaml:3: bukan YAML yang sah: ada tab; YAML diberi indentasi dengan spasi"
    )
    assert (
        say("E-mail is off; set `email: {enabled: true, …}` in the config first.")
        == "E-mail tidak aktif; tulis dulu `email: {enabled: true, …}` di konfigurasi."
    )


def test_what_is_no_sentence_of_ours_stays() -> None:
    say = Localizer("id").problem
    for text in ("", "there", "kopi or teh", "a: b: c", "C:\\data: {x}"):
        assert say(text) == text


def test_in_english_a_problem_stays_as_it_is() -> None:
    assert Localizer().problem("There is no incident 4.") == "There is no incident 4."


def test_the_commonest_mistakes_in_a_file_are_told_in_it_too(tmp_path: Path) -> None:
    config = tmp_path / "siaga.yaml"
    config.write_text(
        "version: 1\nversion: 1\nbrands:\n  - {name: Kopi}\n"
        "slack: {enabled: true, channel: #kopi\n}\n"
    )
    _, told = run("check", str(config))
    for said in (
        "tertulis dua kali (pertama di baris 1)",
        "`slug` belum ada di sini, padahal diperlukan",
        "`#kopi` dianggap komentar di sini",
    ):
        assert said in told


@pytest.mark.parametrize("domain", ["reasons", "problems"])
def test_a_translated_template_has_the_values_of_its_original(domain: str) -> None:
    for path in FOLDER.glob(f"*/LC_MESSAGES/{domain}.po"):
        with path.open("rb") as source:
            for message in read_po(source):
                if message.id:
                    holes = [
                        set(re.findall(r"\{(\w+)\}", str(t))) for t in (message.id, message.string)
                    ]
                    assert holes[0] == holes[1], message.id


def test_no_sentence_hides_from_the_harvest_within_an_f_string() -> None:
    for path in (ROOT / "monitor" / "cli").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            hidden = isinstance(node, ast.JoinedStr) and any(
                isinstance(part, ast.Call)
                and isinstance(part.func, ast.Name)
                and part.func.id in ("_", "n_")
                for part in ast.walk(node)
            )
            assert not hidden, f"{path.name}:{getattr(node, 'lineno', 0)}"


def test_connected_accounts_are_told_in_indonesian(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "siaga.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    code, told = run("connect")
    assert code == 0
    assert told.startswith("Belum ada akun yang terhubung. `siaga connect PLATFORM`: ")


def test_the_counts_of_a_dry_run_are_told_in_indonesian(monkeypatch: pytest.MonkeyPatch) -> None:
    from monitor.cli.poll import _counted

    assert _counted("own_post", 2) == "2 own posts"
    monkeypatch.setenv("SIAGA_LANGUAGE", "id")
    kinds = ("mention", "own_post", "metric", "standing", "removal", "count")
    assert [_counted(kind, 2) for kind in kinds] == [
        "2 percakapan",
        "2 kiriman sendiri",
        "2 metrik",
        "2 penilaian platform",
        "2 penghapusan",
        "2 hitungan",
    ]


def test_what_is_found_in_a_file_is_told_in_indonesian(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(
        "dibuat oleh alat kami\nid;dibuat;isi\n1;13/02/2026 08:00;kopi senja basi\n2;kemarin;x\n"
    )
    columns = ("--column", "text=isi", "--column", "published_at=dibuat", "--column", "id=id")
    code, told = run("replay", str(file), "--preview", *columns)
    assert code == 0, told
    for line in (
        "a.csv: sebuah tabel, utf-8",
        "judul kolom di baris 2, 1 baris di atasnya; kolom dipisahkan titik koma",
        "waktu tanpa zona: UTC (sebutkan zona lain dengan --time-zone Asia/Jakarta)",
        "terbaca: 1 baris (1 dari 2 baris berkas)",
        "dilewati: 1 baris karena waktunya tidak terbaca (baris berkas 4: “kemarin”)",
        "1 baris pertama seperti yang terbaca:",
    ):
        assert line in told


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.csv", "id,author,body\n1,ana,kopi\n", "tidak punya kolom untuk published_at: yang ada"),
        ("b.csv", "text,created_at\n,2026-01-01\n", "1 karena teksnya kosong"),
        ("c.pdf", "%PDF-1.4\n", "adalah PDF: ekspor sebagai CSV atau Excel"),
        ("d.csv", "text,created_at\nkopi,01/02/2026\n", "apakah hari atau bulan yang lebih dulu"),
        ("e.csv", "", "kosong"),
    ],
)
def test_why_a_file_is_refused_is_told_in_indonesian(
    name: str, text: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    done = CliRunner().invoke(
        main_group, ["replay", str(tmp_path / name), "--preview"], env=INDONESIAN
    )
    assert told in Localizer("id").problem(str(done.exception))


def test_help_is_told_in_the_language_it_is_asked_in() -> None:
    code, told = run("--help")
    assert code == 0
    for line in ("Pemakaian:", "Opsi:", "Perintah:", "Periksa konfigurasi: semua kesalahan"):
        assert line in told
    assert "Baca masa lalu satu sumber" in run("backfill", "--help")[1]
    assert "Ambil alih: eskalasi berhenti" in run("incident", "--help")[1]
    below = run("incident", "ack", "--help")[1]
    assert "Ambil alih: eskalasi berhenti" in below
    assert "Tampilkan bantuan ini." in below
    assert "[bawaan: 1 page/week]" in run("tune", "--help")[1]
    assert "Read the past of one source" in run("backfill", "--help", SIAGA_LANGUAGE="en")[1]

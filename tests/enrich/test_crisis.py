"""News of a crisis is told from ordinary news, and from crises that are denied or prevented."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.enrich.crisis.find import CrisisFinder, shipped
from monitor.enrich.crisis.lexicon import affixed, inflected
from monitor.enrich.pipeline import Enricher
from monitor.enrich.sentiment.shipped import load
from monitor.model import Mention
from monitor.problems import Problem
from monitor.query.parse import parse

AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("BPOM periksa dugaan keracunan massal", {"keracunan"}),
        ("Restoran itu penuh kecoak", {"penuh kecoak"}),
        ("Dituntut keluarga korban keracunan", {"keracunan", "dituntut"}),
        ("Data 10 juta pelanggan bocor", {"data 10 juta pelanggan bocor"}),
        ("Ia memboikot dan menggugat, lalu ditipu", {"memboikot", "menggugat", "ditipu"}),
        ("Tidak halal, kata MUI", {"tidak halal"}),
        ("Company recalls cars after fatal crash of bus", {"recalls", "fatal"}),
        ("Regulator fines bank $40 million", {"fines bank 40 million"}),
        ("Denies poisoning, 40 hospitalised", {"hospitalised"}),
        ("Gagal mencegah kebocoran data", {"kebocoran"}),
        ("Fails to protect customers from fraud", {"fraud"}),
        ("Bukan hanya keracunan, pabrik juga terbakar", {"keracunan", "terbakar"}),
        ("Customers 'poisoned' at cafe", {"poisoned"}),
        ("Kopi ‘beracun’ kata pelanggan", {"beracun"}),
        ("OJK bekukan izin asuransi", {"bekukan izin"}),
        ("Kapal feri karam, penumpang hilang", {"karam", "penumpang hilang"}),
        ("Guru temukan belalang dalam makan siang", {"temukan belalang"}),
        ("Pilot positif narkoba", {"pilot positif narkoba"}),
        ("Servers down for a second day", {"servers down"}),
        ("Airline strands hundreds overnight", {"strands hundreds"}),
        ("Lidah bayi terbakar usai minum susu itu", {"terbakar"}),
        ("Regulator freezes insurer's licence", {"freezes insurer's licence"}),
        ("Nurse gives newborn wrong drug", {"wrong drug"}),
        ("Boss of pyramid scheme on the run", {"pyramid scheme"}),
        ("Cokelat itu ternyata pakai gelatin babi", {"gelatin babi"}),
        ("Data 12 juta pengguna aplikasi itu bocor di forum", {"pengguna aplikasi itu bocor"}),
        ("Startup pangkas 300 karyawan", {"pangkas 300 karyawan"}),
        ("Mi instan ditarik Taiwan karena etilen oksida", {"etilen oksida"}),
        ("Pelanggan temukan potongan plastik", {"temukan potongan"}),
        ("Takaran BBM di SPBU disunat", {"takaran bbm di spbu disunat"}),
        ("Kurir kepergok banting paket", {"kepergok banting"}),
        ("Belasan warga lemas usai minum jamu", {"belasan warga lemas"}),
        ("Ibu menyusui diusir satpam", {"ibu menyusui diusir"}),
        ("Air galon mengandung bromat melebihi batas", {"melebihi batas"}),
        ("Pengguna rugi karena kurs salah", {"pengguna rugi"}),
        ("Fires 900 staff over a call", {"fires 900 staff"}),
        ("Card numbers exposed online", {"exposed online"}),
        ("Airbag that can explode", {"can explode"}),
        ("Dating app exposed private chats", {"exposed private chats"}),
        ("Caught serving horse meat", {"horse meat"}),
        ("Rider beaten by manager", {"beaten by"}),
        ("Hotel guest recorded in shower", {"recorded in shower"}),
        ("Guru honorer belum terima honor sejak Juli", {"belum terima honor"}),
        ("Gaji kurir tiga bulan tak dibayar", {"tak dibayar"}),
        ("Gudang ludes dilalap si jago merah", {"dilalap"}),
        ("Harimau di kebun itu mati kelaparan", {"harimau di kebun itu mati"}),
        ("Warga masuk puskesmas sehabis kenduri", {"masuk puskesmas"}),
        ("Drivers strike over pay", {"drivers strike", "strike over"}),
        ("Zoo slammed over ad", {"slammed over"}),
        ("Zoo shuts, its elephant starves", {"elephant starves"}),
        ("Kitchen swarming with roaches", {"swarming with"}),
        ("Firm to axe 6,000 jobs", {"axe 6 000 jobs"}),
    ],
)
def test_the_words_that_tell_of_a_crisis_are_named(text: str, terms: set[str]) -> None:
    found = shipped().find(text)
    assert terms <= set(found.terms)
    assert found.evidence >= 0.5
    assert not found.denied


@pytest.mark.parametrize(
    "text",
    [
        "BPOM: tidak ada keracunan di gerai itu",
        "Dugaan keracunan tidak terbukti",
        "Perusahaan bantah data pelanggan bocor",
        "[HOAKS] Produk ini mengandung babi",
        "Cek fakta: kabar bangkrut tidak benar",
        "Cara mencegah penipuan daring",
        "Pengadilan menolak gugatan warga",
        "Film tentang skandal bank",
        "Death by chocolate: that cake wins an award",
        "Price war looms as grocer cuts milk to a dollar",
        "Explosion of flavours on the new menu",
        "Zombie outbreak tops the charts",
        "New thriller The Poisoned Cup streams Friday",
        "Sambal itu bikin lidah terbakar pedasnya",
        "Polisi: video kecoak di restoran itu editan",
        "Resep sederhana untuk pembakaran lemak",
        "Donasi untuk korban kebakaran",
        "Angka kecelakaan turun 30 persen",
        "Company denies data breach",
        "No evidence of contamination, inspectors say",
        "Court dismisses lawsuit over harassment",
        "Cleared of fraud",
        "New tool helps detect fraud",
        "Documentary about a banking scandal",
        "Star recalls childhood memories",
        "Workplace injuries fall to record low",
        "Penjualan meledak berkat promo",
        "Layanan konsultasi bagi korban kekerasan",
        "Lomba karikatur antikorupsi digelar",
        "Bank ingatkan nasabah waspada modus penipuan",
        "Satpam gagalkan pencurian",
        "Drowning in choices, diners go home",
        "Shop steals the show at design week",
        "Founder dies at 92",
        "Hosts cyber attack drill for small firms",
        "Tips to keep toddlers from choking",
        "Tak ada data pengguna yang bocor",
        "Bantah pangkas karyawan",
        "Denies card numbers were exposed online",
        "Card numbers were never stolen",
        "Data pelanggan tak bocor",
        "Boikot dicabut, pedagang kembali jual",
        "Batal PHK, pekerja lega",
        "Api padam, tidak ada korban",
        "Lettuce tests negative for salmonella",
        "Boycott ends after talks",
        "Memory recall improves with sleep",
        "An autumn line that is a riot of colour",
        "Raids the archives for anniversary show",
        "New drug cuts deaths from heart attack",
        "Mock raid trains security team",
    ],
)
def test_what_is_denied_prevented_or_told_is_no_crisis(text: str) -> None:
    found = shipped().find(text)
    assert found.denied or found.evidence < 0.5
    assert found.terms == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Laba bersih naik 20 persen",
        "Buka gerai ke-100",
        "Acara mulai pukul sepuluh",
        "OJK dan BPOM teken kerja sama",
        "Opens new store",
        "Beats estimates",
        "fine dining in Bali",
        "Petugas siaga mulai pukul 05.00 layani penumpang",
        "Kosmetik itu cocok untuk kulit sensitif",
        "Jemaah berangkat pekan depan",
        "Satpam mal kembalikan dompet pengunjung",
        "Ketahuan, ini rahasia sambal enak",
        "Hotel guests can now check in by phone",
        "\0",
        "\ud800",
        "!" * 5000,
    ],
)
def test_ordinary_news_has_no_word_of_a_crisis(text: str) -> None:
    found = shipped().find(text)
    assert found.terms == ()
    assert not found.denied


@pytest.mark.parametrize(
    ("text", "ordinary"),
    [
        ("Opens new store", True),
        ("Cuts waste by a third", True),
        ("Kebanjiran nasabah baru", True),
        ("Pangkas limbah plastik", True),
        ("Capai 12 juta pengguna", True),
        ("Reaches two million users", True),
        ("Opens new store, dozens sick from lunch", False),
        ("Buka gerai baru, pembeli keracunan", False),
        ("Queues are long today", False),
    ],
)
def test_everyday_business_is_told_from_the_rest(text: str, ordinary: bool) -> None:
    assert shipped().find(text).ordinary == ordinary
    assert not shipped().find(text, news=False).ordinary


def test_words_are_known_with_their_affixes_and_endings() -> None:
    assert {"menipu", "ditipu", "penipuan", "penipu", "tertipu"} <= affixed("tipu")
    assert {"menggugat", "digugat", "gugatan", "gugatannya"} <= affixed("gugat")
    assert {"memboikot", "diboikot", "pemboikotan"} <= affixed("boikot")
    assert {"menuntut", "tuntutan", "dituntut"} <= affixed("tuntut")
    assert {"recalls", "recalled", "recalling"} <= inflected("recall")
    assert {"accused", "accusing", "accusation"} <= inflected("accuse")
    assert {"investigation", "investigated"} <= inflected("investigat")


def test_a_brands_own_terms_count_for_it_alone() -> None:
    queries = {"a": parse("alpa"), "b": parse("alpa")}
    reader = Enricher(queries, {}, load(), crisis_terms={"a": ["gerai ... roboh", "sosis gosong"]})
    mention = Mention("news", "1", AT, "Sosis gosong di alpa", kind="article")
    ((a, b),) = reader.read([mention])
    assert a.crisis_terms == ("sosis gosong",)
    assert b.crisis_terms == ()
    assert a.sentiment.negative >= 0.9 > b.sentiment.negative
    assert reader.model_version("a") != reader.model_version("b") == load().version


def test_an_own_term_that_says_nothing_is_refused() -> None:
    with pytest.raises(Problem, match="no crisis term"):
        CrisisFinder([" "])
    with pytest.raises(Problem, match="no crisis term"):
        CrisisFinder(["&"])


def test_a_crisis_moves_news_and_is_named_in_posts_too() -> None:
    reader = Enricher({"a": parse("alpa")}, {}, load())
    text = "BPOM periksa alpa, diduga sebabkan keracunan massal"
    (article,), (post,), (denied,) = reader.read(
        [
            Mention("news", "1", AT, text, kind="article"),
            Mention("x", "2", AT, text),
            Mention("news", "3", AT, "Alpa bantah isu keracunan massal", kind="article"),
        ]
    )
    assert article.sentiment.negative >= 0.9
    assert article.crisis_terms
    assert article.crisis_terms == post.crisis_terms
    assert denied.crisis_terms == ()
    assert denied.sentiment.negative < 0.5


@pytest.mark.parametrize(
    ("text", "crisis"),
    [
        ("Diner finds slug in soup, inspectors close kitchen", True),
        ("Nurses walk out over staffing", True),
        ("Penumpang telantar, maskapai bungkam soal pengembalian uang", True),
        ("Pedagang menjerit, QRIS eror sejak pagi", True),
        ("Layanan alpa buruk sekali, saya kecewa dan tidak akan kembali", True),
        ("Nurses call off strike after pay deal", False),
        ("Striker boycotts interview after cup win", False),
        ("Timnas bobol gawang lawan, penjualan jersi meledak", False),
        ("Satpam alpa latihan padamkan kebakaran", False),
        ("Kopi alpa enak sekali, saya suka tempatnya", False),
    ],
)
def test_an_article_is_read_by_what_it_tells_not_by_a_word_in_it(text: str, crisis: bool) -> None:
    reader = Enricher({"a": parse("platform:news")}, {}, load())
    ((found,),) = reader.read([Mention("news", "1", AT, text, kind="article")])
    assert (found.sentiment.negative >= 0.5) == crisis


@pytest.mark.parametrize(
    ("text", "named", "kind"),
    [
        ("Hotel alpa's bedrooms filthy, guests sick, inspectors appalled", True, "article"),
        ("Teknisi alpa bongkar mesin pelanggan tanpa izin", True, "article"),
        ("Alpa bagikan resep kue kering", False, "article"),
        ("Alpa trains staff to spot abuse", False, "article"),
        ("saya kecewa sekali, pelayanan alpa lambat banget dan mahal", False, "article"),
        ("Teknisi alpa bongkar mesin pelanggan tanpa izin", False, "comment"),
    ],
)
def test_news_of_a_crisis_in_words_of_no_list_is_named_all_the_same(
    text: str, named: bool, kind: Literal["article", "comment"]
) -> None:
    reader = Enricher({"a": parse("alpa")}, {}, load())
    ((found,),) = reader.read([Mention("news", "1", AT, text, kind=kind)])
    assert bool(found.crisis_terms) == named
    assert "alpa" not in found.crisis_terms


def test_what_an_article_says_does_not_hang_on_those_beside_it() -> None:
    reader = Enricher({"a": parse("platform:news")}, {}, load())
    news = [
        Mention("news", str(n), AT, text, kind="article")
        for n, text in enumerate(
            ["Pabrik alpa terbakar", "Alpa buka gerai", "", "Alpa recalls cars", "x" * 5000]
        )
    ]
    together = reader.read(news)
    assert together == [found for each in news for found in reader.read([each])]


def test_a_name_made_of_words_of_a_crisis_is_no_crisis() -> None:
    reader = Enricher({"a": parse('"mie keracunan"')}, {}, load())
    news = Mention("news", "1", AT, "Mie Keracunan buka gerai", kind="article")
    ((found,),) = reader.read([news])
    assert found.crisis_terms == ()


@given(st.text(st.characters(codec=None, exclude_categories=[]), max_size=200))
def test_no_text_is_too_strange(text: str) -> None:
    found = shipped().find(text)
    assert 0.0 <= found.evidence <= 1.0
    assert bool(found.terms) <= (found.evidence >= 0.5)


def test_headlines_that_were_only_counted_are_told_apart() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
    from headlines import figures, headlines

    for lang in ("id", "en"):
        rows = [row for row in headlines() if row.lang == lang and not row.development]
        found = figures(rows)
        assert found.recall >= 0.85, lang
        assert found.false_alarms <= 0.1, lang
        assert found.auc >= 0.95, lang

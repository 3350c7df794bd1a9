"""Text is read in whatever encoding it is, where the bytes leave one answer."""

from __future__ import annotations

import pytest

from connectors.kit.charset import decode, guess, name_of

JAPANESE = "コピ・センジャの店でゴキブリが見つかった。保健所が調査している。"
CHINESE = "食品安全问题：咖啡店被消费者投诉，市民在店内发现蟑螂，公司道歉。"
TAIWANESE = "食品安全問題：咖啡店被消費者投訴，市民在店內發現蟑螂，公司道歉。"
KOREAN = "커피숍에서 바퀴벌레가 발견되어 조사 중"
RUSSIAN = "Кофе закрыли из-за тараканов на прошлой неделе"
THAI = "ร้านกาแฟถูกปิดเพราะพบแมลงสาบในแก้วกาแฟของลูกค้า"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "kopi ☕ senja"),
        ("utf-8-sig", "kopi ☕ senja"),
        ("utf-16", "kopi senja"),
        ("utf-16-le", "kopi senja"),
        ("utf-16-be", "kopi senja"),
        ("utf-32", "kopi senja"),
        ("utf-32-be", "kopi senja"),
        ("utf-32-le", "kopi senja"),
        ("shift_jis", JAPANESE),
        ("euc_jp", JAPANESE),
        ("iso2022_jp", JAPANESE),
        ("shift_jis", "ガスト食中毒 発生 東京の店舗で"),
        ("gb2312", CHINESE),
        ("gb18030", CHINESE),
        ("big5", TAIWANESE),
        ("euc_kr", KOREAN),
        ("cp949", f"{KOREAN} 뷁"),
        ("cp1252", "café parah “sekali” – tidak enak"),
        ("cp1252", "naïve, über, señor: €5"),
        ("cp1251", RUSSIAN),
        ("tis-620", THAI),
        ("cp1254", "müşteriler şikâyet etti, ürün bozuk çıktı, İstanbul'da ağır zehirlenme"),
        ("iso8859-9", "gıda zehirlenmesi iddiası"),
        ("cp1250", "zákazníci si stěžují na špatnou kávu, několik lidí skončilo v nemocnici"),
        ("iso8859-2", "klienci skarżą się na zatrucie, sanepid zamknął lokal po zgłoszeniach"),
        ("cp1250", "ételmérgezés miatt kórházba került több vendég, őrült botrány"),
        ("iso8859-2", "intoxicaţie alimentară, clienţii sunt supăraţi"),
        ("cp1257", "klientai piktinasi, įmonė atsiprašė už žalą"),
        ("cp1257", "saindēšanās ar pārtiku kafejnīcā, uzņēmums atvainojās"),
        ("cp1252", "Gäste verärgert, größte Rückrufaktion; très fâchés; los niños; ações"),
        ("mac_roman", "Intoxication : des clients très fâchés, l’enquête est ouverte"),
        ("mac_roman", "“Kopi Senja” – café ini bikin keracunan, katanya ‘maaf’ …"),
        ("cp850", "los niños están enfermos, la compañía pidió perdón"),
        ("cp1256", "تسمم غذائي في مطعم شهير والعملاء غاضبون"),
        ("iso8859-6", "تسمم غذائي في مطعم شهير والعملاء غاضبون"),
        ("cp1255", "הרעלת מזון בבית קפה והלקוחות כועסים מאוד"),
        ("iso8859-7", "Τροφική δηλητηρίαση σε γνωστό καφέ"),
        ("koi8_u", "масове отруєння в кав'ярні, клієнти обурені"),
        ("cp866", RUSSIAN),
        ("mac_cyrillic", RUSSIAN),
        ("johab", KOREAN),
    ],
)
@pytest.mark.parametrize("form", ["{}", "<rss><channel><title>{}</title></channel></rss>"])
def test_undeclared_text_is_read(encoding: str, text: str, form: str) -> None:
    told = form.format(text)
    assert decode(told.encode(encoding)) == told


def test_what_is_declared_wrongly_is_read_all_the_same() -> None:
    assert decode("kopi ☕".encode(), ("iso-8859-1",)) == "kopi ☕"
    assert decode(JAPANESE.encode("shift_jis"), ("utf-8",)) == JAPANESE
    assert decode("café".encode("latin-1"), ("utf-8", "no-such-thing")) == "café"
    assert decode("Łódź".encode("iso-8859-2"), ("iso-8859-2",)) == "Łódź"
    assert decode("hé".encode("latin-1"), ("utf-16",)) == "hé"


def test_bytes_that_are_no_text_have_no_encoding() -> None:
    assert guess(bytes(range(256)) * 64) == ""
    assert guess(b"PK\x03\x04" + bytes(200)) == ""


@pytest.mark.parametrize("name", ["rot13", "zip", "bz2", "hex", "kopi", "", "\x00", "utf-8\x00"])
def test_a_codec_that_is_no_encoding_of_text_is_none(name: str) -> None:
    assert name_of(name) == ""

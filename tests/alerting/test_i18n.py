"""Every word people read exists in every language there is a file for, and none is left over."""

from __future__ import annotations

import importlib
import string
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from alerting.i18n import DOMAIN, FOLDER, Localizer

ROOT = Path(__file__).resolve().parents[2]


@cache
def said() -> dict[str | tuple[str, ...], None]:
    """Every text that goes through a translation, as `make messages` gathers them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / ".ci"))
        gathered: dict[str | tuple[str, ...], None] = importlib.import_module("messages").said()
    return gathered


def catalogs() -> list[Path]:
    return sorted(FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


@pytest.mark.parametrize("path", catalogs(), ids=lambda path: path.parents[1].name)
def test_every_text_is_translated_and_no_translation_is_stale(path):
    with path.open("rb") as source:
        catalog = read_po(source)
    known = {message.id for message in catalog if message.id and all(_strings(message.string))}
    known = {tuple(text) if isinstance(text, list) else text for text in known}
    assert {text for text in said() if text not in known} == set(), "not translated"
    assert {text for text in known if text not in said()} == set(), "no longer said"


@pytest.mark.parametrize("path", catalogs(), ids=lambda path: path.parents[1].name)
def test_a_translation_fills_in_what_its_original_does(path):
    with path.open("rb") as source:
        catalog = read_po(source)
    for message in catalog:
        if not message.id:
            continue
        wanted = [_holes(text) for text in _strings(message.id)]
        for translated in _strings(message.string):
            assert _holes(translated) in wanted, message.id


def _strings(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ("",))


def _holes(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_numbers_days_and_durations_are_written_as_the_language_does():
    english, indonesian = Localizer("en", "Asia/Jakarta"), Localizer("id", "Asia/Jakarta")
    at = datetime(2015, 8, 22, 7, 2, tzinfo=UTC)
    assert english.number(1234) == "1,234"
    assert indonesian.number(1234) == "1.234"
    assert indonesian.number(1.44) == "1,4"
    assert english.date(at) == "Aug 22, 2015" or english.date(at) == "22 Aug 2015"
    assert indonesian.date(at) == "22 Agu 2015"
    assert english.duration(timedelta(minutes=80)) == "1 h 20 min"
    assert indonesian.duration(timedelta(minutes=80)) == "1 jam 20 menit"
    assert english.duration(timedelta(days=1, hours=3)) == "1 day 3 h"
    assert english.duration(timedelta(days=2)) == "2 days"
    assert indonesian.duration(timedelta(seconds=20)) == "kurang dari semenit"


def test_a_time_is_told_in_the_brands_zone_with_the_day_only_where_it_is_another():
    localizer = Localizer("id", "Asia/Jakarta")
    at = datetime(2015, 2, 22, 7, 2, tzinfo=UTC)
    assert localizer.moment(at, at + timedelta(hours=2)) == "14:02 WIB"
    assert localizer.moment(at, at + timedelta(days=1)) == "22 Feb, 14:02 WIB"
    assert localizer.moment(at, at + timedelta(days=400)) == "22 Feb 2015, 14:02 WIB"


def test_a_region_speaks_its_language_and_an_unknown_language_english():
    assert Localizer("id_ID").n_("{n} day", "{n} days", 2) == "2 hari"
    assert Localizer("xx").n_("{n} day", "{n} days", 2) == "2 days"


def test_a_value_is_never_taken_for_a_template():
    assert "{0.__class__}" in Localizer("id")._(
        "{name} silent for {span}", name="{0.__class__}", span=""
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "news.example did not answer in time (at most 30 s).",
            "news.example tidak menjawab tepat waktu (paling lama 30 detik).",
        ),
        (
            "Instagram refuses the token: the password was changed. Connect the account anew.",
            "Instagram menolak tokennya: kata sandinya diganti. Hubungkan lagi akunnya.",
        ),
        (
            "X refuses the app (Suspended {x}): check its access and limits.",
            "X menolak aplikasinya (Suspended {x}): periksa akses dan batasnya.",
        ),
        (
            "Its answers cannot be used: a mention's text is of the type dict.",
            "Jawabannya tidak dapat dipakai: text dari sebuah sebutan bertipe dict.",
        ),
        (
            "Its answers cannot be used: 12 pages without an end, and no cursor to go on from.",
            "Jawabannya tidak dapat dipakai: 12 halaman tanpa akhir, dan tanpa kursor untuk "
            "melanjutkan.",
        ),
        (
            "posts that tag the Page unseen: Facebook does not permit this: scope — also: reach "
            "unseen: Facebook does not permit this: (#10) read_insights",
            "kiriman yang menandai Halaman tidak terlihat: Facebook tidak mengizinkan ini: scope "
            "— juga: jangkauan tidak terlihat: Facebook tidak mengizinkan ini: (#10) read_insights",
        ),
        (
            "own posts unseen: X is out of order (503). — also: reach unseen: X is out of order "
            "(503).",
            "kiriman sendiri tidak terlihat: X sedang bermasalah (503). — juga: jangkauan tidak "
            "terlihat: X sedang bermasalah (503).",
        ),
        ("The page's owner is restricted", "The page's owner is restricted"),
        ("Words of the platform's own", "Words of the platform's own"),
        ("", ""),
    ],
)
def test_what_a_connector_says_is_told_in_the_readers_language(said, told):
    assert Localizer("id").reason(said) == told
    assert Localizer("en").reason(said) == said
    assert Localizer("xx").reason(said) == said


def test_every_sentence_of_a_connector_is_translated_with_its_values():
    with (FOLDER / "id" / "LC_MESSAGES" / "reasons.po").open("rb") as source:
        entries = [message for message in read_po(source) if message.id]
    assert len(entries) > 100
    for message in entries:
        assert _holes(str(message.id)) == _holes(str(message.string)), message.id


def test_a_zone_without_a_name_of_its_own_is_said_to_be_one():
    at = datetime(2026, 6, 11, 3, 0, tzinfo=UTC)
    assert Localizer("en", "Asia/Jakarta").moment(at, at) == "10:00 WIB"
    assert Localizer("en", "Asia/Bangkok").moment(at, at) == "10:00 UTC+07"
    assert Localizer("id", "Asia/Kathmandu").clock(at) == "08:45 UTC+0545"

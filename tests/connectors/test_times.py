"""One reading of a time for every connector and file, and one judgment of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from connectors.kit.times import excel_time, implausible, is_ambiguous, parse_time, zone_in

SORE = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
JAKARTA = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
JAKARTA_ZONE = ZoneInfo("Asia/Jakarta")


@pytest.mark.parametrize(
    "told",
    [
        "2026-03-02T17:30:00Z",
        "2026-03-02T17:30:00Z[UTC]",
        "2026年3月2日 17:30",
        "2026-03-02T17:30:00.000+0000",
        "2026-03-02 17:30",
        "2026-03-02T17:30",
        "2026-03-02 17:30:00 UTC",
        "2026/03/02 17:30:00",
        "2026.03.02 17:30",
        "2026-03-02 5:30 PM",
        "2026-3-2 17:30",
        "2026-03-02 17:30:00.0",
        "2026-03-02T17:30:00.123456789Z",
        "20260302173000",
        "20260302T173000Z",
        "20260302 17:30",
        "202603021730",
        "Mon, 02 Mar 2026 17:30:00 GMT",
        "Mon, 2 Mar 26 17:30 +0000",
        "Mon Mar 02 17:30:00 +0000 2026",
        "Mon Mar  2 17:30:00 2026",
        "Mon Mar 02 17:30:00 UTC 2026",
        "2 Mar 2026 17:30",
        "2 March 2026 at 17:30",
        "02-Mar-2026 05:30PM",
        "02-MAR-26 05.30.00.000000 PM",
        "Isnin, 2 Mac 2026 17:30",
        "Mar 2, 2026 5:30 PM",
        "Mar 2, 2026 5:30\u202fPM",
        "March 2, 2026, 5:30:00 p.m.",
        "Mar 2nd 2026 17:30",
        "@1772472600",
        "02/Mar/2026:17:30:00 +0000",
        "Monday, 02-Mar-26 17:30:00 GMT",
        "3 Mac 2026, 1:30 pagi Waktu Malaysia",
        "1772472600,0",
        "2026-03-02_17-30-00",
        "2026-03-02 17-30",
        "2 Mar 2026 17h30",
        "Monday, March 2, 2026 at 5:30:00 PM Coordinated Universal Time",
        "@1772472600.0",
        "1,772,472,600",
        "+1772472600",
        "Sn, 3 Mar 2026 00:30 WIB+0700",
        "3 Mar 2026 00:30 WIB (UTC+7)",
        "3 Mar 2026 01:30 (WITA) +08:00",
        "3 Mar 2026 00:30:00 +0700 +0700",
        "1.772.472.600",
        "1,772,472,600,000",
        "2026-061T17:30:00Z",
        "2026-061 17:30",
        "2026-W10-1T17:30:00Z",
        "2026年3月2日 下午5:30",
        "2026年3月2日 17时30分",
        "2026年3月2日 午後5時30分",
        "2026. 3. 2. 오후 5:30",
        "2 Maret 2026 5:30 sore",
        "2 Maret 2026 5.30 Sore",
        "Senin, 2 Maret 2026 pukul 17.30 sore",
        "2 Mac 2026 5:30:00 PTG",
        "5.30 petang, 2 Mac 2026",
        "2026 Mar 2 17:30",
        "13:30 2 Mar 2026 -0400",
        "1772472600",
        "1772472600.0",
        "1772472600000",
        "1772472600000000",
        "1772472600000000000",
        "2026W101T173000+0000",
        "2026-w10-1 17:30",
        "2026061T173000Z",
        "\ufeff2026-03-02T17:30:00\u200bZ",
        "Mon,\u00a02\u00a0Mar\u20072026\u202f17:30:00\u00a0GMT",
        "Mar 2, 2026 17:30 PM",
        "1.7724726E9",
        "1.7724726E12",
        "Date(1772472600000)",
        "'1772472600",
        1772472600,
        1772472600.0,
        1772472600000,
    ],
)
def test_the_forms_of_the_field_are_read(told: object) -> None:
    read = parse_time(told)
    assert read is not None
    assert read.replace(microsecond=0) == SORE


@pytest.mark.parametrize(
    "told",
    [
        "Mon Mar 02 2026 17:30:00 GMT+0700 (Western Indonesia Time)",
        "2026-03-02 17:30:00 Asia/Jakarta",
        "Sen, 02 Mar 2026 17:30:00 +0700",
        "Senin, 02 Mar 2026 17:30 WIB",
        "Mon, 02 Mar 2026 17:30:00 WIB",
        "Senin, 2 Maret 2026 17.30 WIB",
        "02/03/2026, 17:30 WIB",
        "2 Maret 2026 pukul 17.30 WIB",
        "Mon Mar 02 2026 17:30:00 Western Indonesia Time",
        "2 Maret 2026 pukul 5.30 sore WIB",
        "2 Maret 2026 pukul 5.30 WIB sore",
        "2 Maret 2026 pukul 6.30 WITA sore",
        "Senin, 02/03/2026 17:30 WIB",
        "2026-03-02 17:30 WIB",
        "2026-03-02 17.30 WIB",
        "2026-03-02 18:30 WITA",
        "Sen, 02 Mar 2026 19:30:00 WIT",
        "2026-03-02 17:30 GMT+7",
        "2026-03-02 17:30 UTC+07:00",
        "2026-03-02T17:30+07",
        "Mon, 02 Mar 2026 17:30:00 +0700 (WIB)",
        "2 Mar 2026 | 17:30 WIB",
        "17:30 WIB, 2 Maret 2026",
        "Pukul 17.30 WIB, Senin 2 Maret 2026",
        "2 Mar 2026 17:30 [WIB]",
        "Snn, 02 Mar 2026 17:30 WIB",
        "Kompas.com - 02/03/2026, 17:30 WIB",
        "Senin Pahing, 2 Maret 2026 17:30 WIB",
        "Hari Senin tanggal 2 Maret 2026 jam 17.30 WIB",
        "2 Mar 2026 17:30 waktu Jakarta",
        "2 Maret 2026 17:30 WIB.",
        "Publish: 2 Maret 2026 17:30 WIB",
        "Dipublikasikan 2 Maret 2026 17:30 WIB",
        "Published: Mon, 02 Mar 2026 10:30:00 GMT",
        "Mon, 02 Mar 2026 17:30:00 Waktu Indonesia Barat",
        "Mon Mar 2 17:30:00 GMT+07:00 2026",
        "Isn, 2 Mac 2026 18:30 MYT",
        "Kompas.com, 2 Maret 2026, 17:30 WIB",
        "Rilis pada 2 Maret 2026 pk. 17.30 WIB",
        "Monday, 2 March 2026, 17:30 Jakarta time",
    ],
)
def test_indonesian_times_are_read(told: str) -> None:
    assert parse_time(told) == JAKARTA


@pytest.mark.parametrize(
    ("told", "clock"),
    [
        ("7.10 pagi", "07:10"),
        ("12.05 dini hari", "00:05"),
        ("2.30 dini hari", "02:30"),
        ("jam 5 subuh", "05:00"),
        ("11.30 siang", "11:30"),
        ("12.15 siang", "12:15"),
        ("1.15 siang", "13:15"),
        ("pukul 5 sore", "17:00"),
        ("6.45 malam", "18:45"),
        ("9:00:30 malam", "21:00"),
        ("12.10 malam", "00:10"),
        ("12.10 tengah malam", "00:10"),
        ("12.15 tengah hari", "12:15"),
        ("1.10 malam", "01:10"),
        ("21.10 malam", "21:10"),
        ("8.05 PG", "08:05"),
        ("上午 8:05", "08:05"),
        ("晚上9:05", "21:05"),
        ("오전 12:05", "00:05"),
    ],
)
def test_a_part_of_the_day_tells_which_hour_of_twelve_is_meant(told: str, clock: str) -> None:
    for date in ("2 Maret 2026", "02/03/2026", "2026-03-02"):
        at = parse_time(f"{date} {told}", day_first=True)
        assert at is not None
        assert f"{at:%Y-%m-%d %H:%M}" == f"2026-03-02 {clock}"
    at = parse_time(f"2026-03-02 {told} WIB")
    assert at is not None
    assert f"{at.astimezone(JAKARTA_ZONE):%Y-%m-%d %H:%M}" == f"2026-03-02 {clock}"


@pytest.mark.parametrize(
    ("told", "month"),
    [
        ("Kam, 15 Jan 2026", 1),
        ("15 Pebruari 2026", 2),
        ("15 Febuari 2026", 2),
        ("15 Agst. 2026", 8),
        ("15 Maret 2026", 3),
        ("Rab, 15 Apr 2026", 4),
        ("Jum'at, 15 Mei 2026", 5),
        ("Jumat, 15 Mei 2026", 5),
        ("15 Juni 2026", 6),
        ("15 Jul 2026", 7),
        ("Sab, 15 Agt 2026", 8),
        ("15 Ags 2026", 8),
        ("15 Agu 2026", 8),
        ("15 Agustus 2026", 8),
        ("Selasa, 15 September 2026", 9),
        ("Kam, 15 Okt 2026", 10),
        ("Ahad, 15 Nop 2026", 11),
        ("Sel, 15 Des 2026", 12),
        ("Minggu, 15 Desember 2026", 12),
    ],
)
def test_indonesian_months_are_known(told: str, month: int) -> None:
    assert parse_time(told) == datetime(2026, month, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "hour"),
    [
        ("12:05 AM", 0),
        ("00:05 AM", 0),
        ("5:05 AM", 5),
        ("12:05 PM", 12),
        ("5:05 pm", 17),
        ("5:05 p. m.", 17),
    ],
)
def test_a_twelve_hour_clock_is_read(told: str, hour: int) -> None:
    assert parse_time(f"Mar 2, 2026 {told}") == datetime(2026, 3, 2, hour, 5, tzinfo=UTC)


def test_a_time_that_names_no_zone_is_in_the_zone_of_its_source() -> None:
    assert parse_time("2026-03-02 17:30", JAKARTA_ZONE) == JAKARTA
    assert parse_time("2026-03-02 17:30 UTC", JAKARTA_ZONE) == SORE
    assert parse_time(1772472600, JAKARTA_ZONE) == SORE


def test_day_and_month_are_never_guessed() -> None:
    assert parse_time("02/03/2026 17:30") is None
    assert is_ambiguous("02/03/2026 17:30")
    assert parse_time("02/03/2026 17:30", day_first=True) == SORE
    assert parse_time("03/02/2026 17:30", day_first=False) == SORE
    assert parse_time("3/2/26 5:30 PM", day_first=False) == SORE
    for told in ("15/03/2026", "03/15/2026", "15-03-2026", "15.03.2026"):
        assert not is_ambiguous(told)
        assert parse_time(told) == datetime(2026, 3, 15, tzinfo=UTC)
    assert parse_time("02.03.2026 17:30") == SORE
    assert parse_time("Senin, 02/03/2026 17:30") == SORE  # 3 February was a Tuesday
    assert parse_time("Mon, 03/02/2026 17:30") == SORE
    assert is_ambiguous("Sunday, 02/03/2026 17:30")


@pytest.mark.parametrize(
    "told",
    [
        "",
        "kemarin",
        "2 jam lalu",
        "yesterday at 5 PM",
        "2026",
        "17:30",
        "32 Mar 2026",
        "2026-13-01",
        "2026-02-30",
        "25:61 2 Mar 2026",
        "Mar 2026",
        "0000-00-00 00:00:00",
        "12345",
        "-1",
        "1.23E+18",
        "9" * 5000,
        "2 Mar 2026 " * 50,
        None,
        True,
        float("nan"),
        float("inf"),
        {},
        "kopi 2 Mar 2026 senja",
        "2026-03-02 kopi",
        "13:30 AM 2 Mar 2026",
        "2026-W54-1",
        "2026-366",
        "2026-000",
        "@kopi",
        "1,772",
        "2026-03-02 5 malam malam minggu",
        "sore",
    ],
)
def test_what_is_no_time_is_none(told: object) -> None:
    assert parse_time(told) is None


@pytest.mark.parametrize(
    "told",
    [
        "1970-01-01T00:00:00Z",
        "Thu, 01 Jan 1970 07:00:00 +0700",
        "0001-01-01T00:00:00Z",
        "1900-01-01",
        "Wed, 30 Nov -0001 00:00:00 +0000",
        "1999-11-30",
        "2000-01-01",
        "3000-01-01",
        None,
    ],
)
def test_null_dates_are_not_believed(told: str | None) -> None:
    assert implausible(parse_time(told), datetime(1, 1, 2, tzinfo=UTC), SORE)


def test_a_time_is_believed_from_the_earliest_to_a_clock_s_tolerance_ahead() -> None:
    earliest = SORE - timedelta(days=30)
    assert not implausible(earliest, earliest, SORE)
    assert implausible(earliest - timedelta(seconds=1), earliest, SORE)
    assert not implausible(SORE + timedelta(minutes=10), earliest, SORE)
    assert implausible(SORE + timedelta(hours=7), earliest, SORE)


def test_serial_numbers_of_excel_are_days() -> None:
    assert excel_time("46083") == datetime(2026, 3, 2)
    assert excel_time("46083.7291666667") == datetime(2026, 3, 2, 17, 30)
    assert excel_time("12345") is None
    assert excel_time("460837") is None


@pytest.mark.parametrize(
    ("told", "hours"),
    [
        ("Date (WIB)", 7),
        ("Created Time (GMT+8)", 8),
        ("All times in Asia/Jayapura", 9),
        ("Timestamp (UTC)", 0),
        ("Date (ET)", -5),
        ("Tanggal", None),
    ],
)
def test_a_zone_is_found_in_a_column_s_name(told: str, hours: int | None) -> None:
    zone = zone_in(told)
    offset = SORE.astimezone(zone).utcoffset() if zone else None
    assert offset == (None if hours is None else timedelta(hours=hours))

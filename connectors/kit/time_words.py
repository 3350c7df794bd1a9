"""The words dates are written with, in English, Indonesian and Malay, and zones that have names."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES: Mapping[int, str] = {
    1: "january januari",
    2: "february februari pebruari febuari pebuari feb",
    3: "march maret mrt mac",
    4: "april apr",
    5: "may mei mai",
    6: "june juni",
    7: "july juli julai",
    8: "august agustus agt ags agu agst ogos",
    9: "september sept",
    10: "october oktober okt",
    11: "november nopember",
    12: "december desember disember",
}


def _months() -> dict[str, int]:
    found: dict[str, int] = {}
    for month, names in _NAMES.items():
        for name in names.split():
            found |= {name[:length]: month for length in range(3, len(name) + 1)}
    return found


MONTHS: Mapping[str, int] = _months()
"""Names of months and what they are shortened to, three letters at least."""

_WORDS = (
    "monday mon tuesday tue tues wednesday wed thursday thu thur thurs friday fri saturday "
    "sat sunday sun senin sen selasa sel rabu rab kamis kam jumat jum sabtu sab minggu min "
    "mgg ahad ahd aha isnin isn khamis kha jumaat snn sn sls rbu kms jmt sbt mng "
    "pukul pkl pk jam tanggal tgl at on of st nd rd th t z "
    "published posted updated created dipublikasikan diterbitkan terbit tayang diunggah dibuat "
    "diperbarui diposting rilis dirilis dimuat pada publish publikasi "
    "hari legi pahing pon wage kliwon "
)
WORDS = frozenset(_WORDS.split())
"""What stands beside a date and says nothing of it: days of the week (Java's five, too), "at",
"pukul"."""

WEEKDAYS: Mapping[str, int] = {
    name: day
    for day, names in enumerate(
        (
            "monday mon senin sen snn sn isnin isn",
            "tuesday tue tues selasa sel sls",
            "wednesday wed rabu rab rbu",
            "thursday thu thur thurs kamis kam kms khamis kha",
            "friday fri jumat jum jmt jumaat",
            "saturday sat sabtu sab sbt",
            "sunday sun minggu min mgg mng ahad ahd aha",
        )
    )
    for name in names.split()
}
"""Days of the week, Monday is 0: they tell which of 02/03 and 03/02 is meant."""

OFFSETS: Mapping[str, float] = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "UT": 0,
    "WET": 0,
    "WIB": 7,
    "WITA": 8,
    "WIT": 9,
    "ICT": 7,
    "SGT": 8,
    "MYT": 8,
    "HKT": 8,
    "PHT": 8,
    "AWST": 8,
    "JST": 9,
    "KST": 9,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
    "IST": 5.5,
    "BST": 1,
    "CET": 1,
    "WEST": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}
"""Hours ahead of UTC by the zone's letters: Indonesia's, RFC 822's and others that mean one zone
to nearly everybody."""

NAMED_ZONES: Mapping[str, str] = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
"""Letters that mean a place's time, in summer and in winter."""

INDONESIAN_ZONES: Mapping[str, str] = {
    "waktu indonesia barat": "WIB",
    "waktu indonesia tengah": "WITA",
    "waktu indonesia timur": "WIT",
    "waktu jakarta": "WIB",
    "waktu malaysia": "MYT",
    "waktu singapura": "SGT",
    "jakarta time": "WIB",
    "malaysia time": "MYT",
    "singapore standard time": "SGT",
    "singapore time": "SGT",
    "western indonesia time": "WIB",
    "central indonesia time": "WITA",
    "eastern indonesia time": "WIT",
    "coordinated universal time": "UTC",
    "greenwich mean time": "GMT",
}

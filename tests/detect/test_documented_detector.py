"""The detector that docs/detectors.md shows is one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from monitor.detect.base import SeriesDetector
from monitor.detect.testing import DAY, DetectorContract, Make
from monitor.model import SeriesKey

PAGE = Path(__file__).resolve().parents[2] / "docs" / "detectors.md"


def documented() -> dict[str, Any]:
    """What the page's first block of Python defines."""
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    assert found
    defined: dict[str, Any] = {}
    exec(compile(found.group(1), str(PAGE), "exec"), defined)
    return defined


class TestDocumented(DetectorContract):
    warm_up = 3 * DAY

    @pytest.fixture
    def make(self) -> Make:
        factory = documented()["records"]

        def one() -> SeriesDetector:
            (detector,) = factory(SeriesKey("kopi", "x", "volume"), documented()["BUCKET"])
            return detector

        return one

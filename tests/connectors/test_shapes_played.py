"""Answers of many shapes, played to ``siaga poll --dry-run --json``: what is told comes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from fakes.recordings import Stage
from fakes.shapes import Shape
from fakes.shapes_meta import FACEBOOK, INSTAGRAM, THREADS
from fakes.shapes_odd_facebook import FACEBOOK as ODD_FACEBOOK
from fakes.shapes_odd_instagram import INSTAGRAM as ODD_INSTAGRAM
from fakes.shapes_odd_instagram import THREADS as ODD_THREADS
from fakes.shapes_odd_linkedin import LINKEDIN as ODD_LINKEDIN
from fakes.shapes_odd_linkedin import TIKTOK as ODD_TIKTOK
from fakes.shapes_odd_x import YOUTUBE as ODD_YOUTUBE
from fakes.shapes_odd_x import X as ODD_X
from fakes.shapes_others import LINKEDIN, TIKTOK, YOUTUBE, X

SHAPES = [*FACEBOOK, *INSTAGRAM, *THREADS, *LINKEDIN, *TIKTOK, *X, *YOUTUBE]
SHAPES += [*ODD_FACEBOOK, *ODD_INSTAGRAM, *ODD_THREADS, *ODD_LINKEDIN, *ODD_TIKTOK]
SHAPES += [*ODD_X, *ODD_YOUTUBE]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(tmp_path_factory.mktemp("stage"))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_what_is_told_in_another_shape_is_told(stage: Stage, shape: Shape) -> None:
    told = stage.play(shape.connector, shape.options, shape.answers)
    for line in shape.lines:
        assert any(_says(one, line) for one in told), (line, told, stage.said)


def _says(told: Any, line: Any) -> bool:
    """Whether all of a line is in what was told."""
    if isinstance(line, Mapping):
        return isinstance(told, Mapping) and all(_says(told.get(n), v) for n, v in line.items())
    return bool(told == line)

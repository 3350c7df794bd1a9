"""A brand's corrections: what they change, and what they never do."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from monitor.enrich.sentiment.base import Scores
from monitor.enrich.sentiment.brand import BIASES_FROM, GROWTH, WORDS_FROM, Label, adjusted, used
from monitor.enrich.sentiment.evaluate import judged
from monitor.enrich.sentiment.shipped import load
from monitor.model import Language

ENGLISH = Language.ENGLISH


def labels(count: int, gold: str = "negative") -> list[Label]:
    """Complaints that are none in common words: ``my parcel is at the warehouse``."""
    where = ("warehouse", "depot", "port", "office", "hub")
    return [
        Label(f"parcel {n} is at the {where[n % 5]}", ENGLISH, gold if n % 4 else "neutral")
        for n in range(count)
    ]


def negative(model, text: str) -> float:
    return float(model.score([text], [ENGLISH]).probabilities[0, 0])


def test_below_fifty_labels_nothing_is_fitted() -> None:
    assert adjusted(load(), labels(BIASES_FROM - 1)) is None
    assert adjusted(load(), labels(BIASES_FROM)) is not None


def test_fifty_labels_move_every_text_alike_and_two_hundred_move_like_ones_more() -> None:
    base = load()
    few, many = adjusted(base, labels(BIASES_FROM)), adjusted(base, labels(WORDS_FROM))
    assert few
    assert many
    like, unlike = "our parcel is at the depot", "what a bright and friendly morning"
    assert negative(few, like) > negative(base, like)
    shift = few.score([like, unlike], [ENGLISH] * 2).probabilities
    before = base.score([like, unlike], [ENGLISH] * 2).probabilities
    odds = np.log(shift[:, 0] / shift[:, 1]) - np.log(before[:, 0] / before[:, 1])
    assert odds[0] == pytest.approx(odds[1])
    now = many.score([like, unlike], [ENGLISH] * 2).probabilities
    odds = np.log(now[:, 0] / now[:, 1]) - np.log(before[:, 0] / before[:, 1])
    assert odds[0] > odds[1] + 0.2


def test_the_base_model_stays_as_it_is() -> None:
    texts = ["our parcel is at the depot", "great service, thank you"]
    before = load().score(texts, [ENGLISH] * 2).probabilities
    adjusted(load(), labels(300))
    assert (load().score(texts, [ENGLISH] * 2).probabilities == before).all()


def test_the_same_labels_make_the_same_model_whoever_fits_it() -> None:
    one, two = adjusted(load(), labels(220)), adjusted(load(), labels(220))
    assert one
    assert two
    assert one.version == two.version
    texts = [label.text for label in labels(30)]
    found = [model.score(texts, [ENGLISH] * 30).probabilities for model in (one, two)]
    assert (found[0] == found[1]).all()


def test_it_is_fitted_anew_only_when_a_tenth_more_labels_have_come() -> None:
    steps = sorted({used(count) for count in range(5_000)})
    assert steps[:3] == [0, 50, 55]
    assert WORDS_FROM in steps
    growth = [later / earlier for earlier, later in pairwise(steps[1:])]
    assert sum(grown < GROWTH - 0.03 for grown in growth) <= 2  # around 200
    versions = {
        model.version for count in range(220, 229) if (model := adjusted(load(), labels(count)))
    }
    assert len(versions) == 1


def test_a_label_that_changes_makes_another_version() -> None:
    changed = labels(60)
    changed[7] = Label(changed[7].text, ENGLISH, "positive")
    one, two = adjusted(load(), labels(60)), adjusted(load(), changed)
    assert one
    assert two
    assert one.version != two.version
    assert one.version.startswith(f"{load().version}+c60-")


def test_a_page_of_any_size_reads_the_same() -> None:
    model = adjusted(load(), labels(250))
    assert model
    texts = [label.text for label in labels(40)] + ["", "\ud800", "😡" * 50]
    whole = model.score(texts, [ENGLISH] * len(texts)).probabilities
    parts = [model.score([text], [ENGLISH]).probabilities[0] for text in texts]
    assert (np.array(parts) == whole).all()


def test_labels_of_any_text_can_be_learned_from() -> None:
    odd = [Label(text * 9, ENGLISH, "negative") for text in ("", "\ud800", "\0", "😡", "\u202e")]
    model = adjusted(load(), [*odd, *labels(250)])
    assert model
    assert np.isfinite(model.score(["", "x"], [ENGLISH] * 2).probabilities).all()


def test_airlines_gain_what_was_asked_for(shared: Path) -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
    from corrections import gains, measure

    gained = gains(measure(shared, (200, 1_000)))
    assert gained[200] >= 9
    assert gained[1_000] >= 12


def test_the_figures_of_an_evaluation_are_those_one_reckons_by_hand() -> None:
    sure = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.1, 0.1, 0.8]])
    scores = Scores(sure, np.array([False, True, False, False]))
    found = judged(scores, ["negative", "neutral", "positive", "positive"])
    assert found.accuracy == 0.75
    assert found.confusion == ((1, 0, 0), (0, 1, 0), (1, 0, 1))
    assert found.macro_f1 == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
    assert found.ece == pytest.approx(0.05)
    assert found.coverage == 0.75

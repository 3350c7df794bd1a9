"""A transformer by option: read from a folder, nothing downloaded, used where somebody looks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from click.testing import CliRunner
from fakes.crisis import BRAND, angry, detected, minutes, root_notice, watching
from fakes.tiny_transformer import NAMES, make

from monitor.cli.incident_text import explanation, shown
from monitor.cli.main import main_group
from monitor.enrich.pipeline import Enricher
from monitor.enrich.sentiment import transformer
from monitor.enrich.sentiment.shipped import load
from monitor.enrich.sentiment.transformer import Transformer, TransformerProblem
from monitor.jobs.respond.respond import respond
from monitor.jobs.respond.second_opinion import ASKED, second_opinion
from monitor.jobs.views.explain import explained
from monitor.model import Author, Language, Mention, Reading, Sentiment
from monitor.query.parse import parse
from monitor.store.engine import Database
from monitor.store.mentions import StoredMention, store_readings
from monitor.store.meta import put_meta

ID = Language.INDONESIAN


def test_a_text_is_scored_whatever_else_is_in_its_page(tmp_path: Path) -> None:
    model = Transformer(make(tmp_path / "tiny"))
    texts = ["kopi parah", "kopi bagus bagus", "kopi", "", "\ud800 parah", "parah " * 500]
    whole = model.score(texts, [ID] * len(texts))
    assert whole.probabilities.argmax(axis=1).tolist()[:3] == [0, 2, 1]
    assert whole.probabilities.sum(axis=1) == pytest.approx(1)
    parts = [model.score([text], [ID]).probabilities[0] for text in texts]
    assert np.array(parts) == pytest.approx(whole.probabilities, abs=1e-6)
    assert model.score([], []).probabilities.shape == (0, 3)
    assert model.why("kopi parah", ID) == ()


def test_classes_are_told_by_their_names_in_any_order(tmp_path: Path) -> None:
    names = {"0": "positive", "1": "Neg", "2": "neutral"}
    model = Transformer(make(tmp_path / "tiny", names, order=(2, 0, 1)))
    assert model.score(["parah"], [ID]).probabilities.argmax() == 0
    two = Transformer(make(tmp_path / "two", {"0": "POSITIVE", "1": "NEGATIVE"}, order=(2, 0)))
    assert two.score(["parah"], [ID]).probabilities[0].round(2).tolist() == [0.98, 0, 0.02]
    custom = make(tmp_path / "custom", {str(n): f"LABEL_{n}" for n in range(3)})
    assert Transformer(custom).score(["bagus"], [ID]).probabilities.argmax() == 2
    assert Transformer(make(tmp_path / "none", None)).score(["bagus"], [ID]).probabilities[0, 2]


def test_its_version_names_exactly_these_weights(tmp_path: Path) -> None:
    one, two = make(tmp_path / "a"), make(tmp_path / "b", order=(2, 1, 0))
    assert Transformer(one).version.startswith("a-")
    versions = {Transformer(folder).version.split("-")[1] for folder in (one, two)}
    assert len(versions) == 2


@pytest.mark.parametrize("gone", ["model.onnx", "tokenizer.json"])
def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path, gone: str) -> None:
    folder = make(tmp_path / "tiny")
    (folder / gone).unlink()
    with pytest.raises(TransformerProblem, match=rf"there is no {gone}"):
        Transformer(folder)


def test_files_that_are_something_else_are_one_sentence(tmp_path: Path) -> None:
    folder = make(tmp_path / "tiny")
    (folder / "model.onnx").write_bytes(b"no model")
    with pytest.raises(TransformerProblem, match="cannot be used") as caught:
        Transformer(folder).check()
    assert "\n" not in str(caught.value)
    (folder / "config.json").write_text("[")
    with pytest.raises(TransformerProblem, match=r"config\.json cannot be read"):
        Transformer(folder)
    for names in ({"0": "1 star", "1": "5 stars"}, {"0": "LABEL_0", "1": "LABEL_1"}):
        (folder / "config.json").write_text(json.dumps({"id2label": names}))
        with pytest.raises(TransformerProblem, match="name them negative, neutral and positive"):
            Transformer(folder)
    with pytest.raises(TransformerProblem, match="2 classes"):
        Transformer(make(tmp_path / "odd", {"0": "negative", "1": "positive"})).check()


def test_a_package_that_is_not_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transformer, "PACKAGES", ("onnxruntime", "no_such_package_here"))
    with pytest.raises(TransformerProblem, match=r"pip install 'siaga\[transformer\]'"):
        Transformer(make(tmp_path / "tiny"))


def test_check_tries_the_model_and_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    config = tmp_path / "siaga.yaml"
    brand = "brands: [{slug: kopi, name: Kopi, query: kopi}]"
    config.write_text(f"version: 1\n{brand}\nsentiment: {{transformer: tiny}}\n")
    result = CliRunner().invoke(main_group, ["check", str(config)])
    assert isinstance(result.exception, TransformerProblem)
    assert "there is no model.onnx" in str(result.exception)
    make(tmp_path / "tiny")
    result = CliRunner().invoke(main_group, ["check", str(config)])
    assert result.exit_code == 0
    (tmp_path / "tiny" / "model.onnx").write_bytes(b"")
    result = CliRunner().invoke(main_group, ["check", str(config)])
    assert isinstance(result.exception, TransformerProblem)


def crisis(database_url: str, model: Transformer | None):
    """A crisis of ten mentions, seven of them negative to the tiny model."""
    app = replace(watching(database_url), second=model)
    words = ["parah"] * 7 + ["bagus"] * 3
    with app.db.write() as tx:
        readings = [
            Reading(
                Mention(
                    "x", str(n), minutes(n / 10), f"kopi {word} {chr(97 + n) * 9}", Author(f"a{n}")
                ),
                BRAND.slug,
                ("kopi",),
                ID,
                Sentiment(0.5, 0.3, 0.2),
                "m1",
            )
            for n, word in enumerate(words)
        ]
        store_readings(tx, readings, minutes(1), {})
    detected(app, angry())
    respond(app, BRAND.slug, minutes(6))
    return app


def test_it_is_asked_about_the_mentions_of_an_open_incident(
    tmp_path: Path, database_url: str
) -> None:
    app = crisis(database_url, Transformer(make(tmp_path / "tiny")))
    notice = root_notice(app)
    assert ("Second opinion", "70% negative of 10 read") in notice.fields
    found = explained(app, 1, minutes(7))
    assert found
    assert "Second opinion: 70% negative of 10 read" in list(shown(found))
    assert "Second opinion: 70% negative of 10 read." in list(explanation(found))
    app.db.close()


def test_without_one_or_with_one_that_fails_the_incident_is_told_all_the_same(
    tmp_path: Path, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = make(tmp_path / "tiny", NAMES)
    model = Transformer(folder)
    (folder / "model.onnx").write_bytes(b"gone bad")
    app = crisis(database_url, model)
    notice = root_notice(app)
    assert "Second opinion" not in dict(notice.fields)
    assert "no second opinion" in caplog.text
    app.db.close()


class Counting:
    """Counts what it is asked."""

    version = "counting"
    asked = 0

    def __init__(self) -> None:
        self.texts: list[str] = []

    def score(self, texts, languages):
        self.asked += len(texts)
        self.texts += texts
        return transformer.scores_of(np.array([[1.0, 0.0, 0.0]] * len(texts)))

    def why(self, text, language):
        return ()


def test_it_is_asked_once_about_a_text_and_never_about_too_many(database_url: str) -> None:
    model = Counting()
    app = replace(watching(database_url), second=model)
    rest = ("", "", "", "", None, "id", 0, 1, 0, ())
    told = [StoredMention(n, "x", str(n), minutes(0), f"kopi {n}", *rest) for n in range(ASKED + 5)]
    assert second_opinion(app, BRAND.slug, told) == (1.0, ASKED)
    assert second_opinion(app, BRAND.slug, told) == (1.0, ASKED)
    assert model.asked == ASKED
    assert second_opinion(app, BRAND.slug, []) is None
    assert second_opinion(replace(app, second=None), BRAND.slug, told) is None
    app.db.close()


class Observed:
    """A model that sees whether others can write while it reads."""

    def __init__(self) -> None:
        self.free: list[bool] = []
        self.db: Database | None = None

    def score(self, texts, languages):
        def write() -> None:
            assert self.db
            with self.db.write() as tx:
                put_meta(tx, "elsewhere", {})

        other = Thread(target=write, daemon=True)
        other.start()
        other.join(10)
        self.free.append(not other.is_alive())
        return transformer.scores_of(np.array([[1.0, 0.0, 0.0]] * len(texts)))


def test_nobody_waits_for_it_and_the_incident_is_told_before_it_has_read(
    database_url: str,
) -> None:
    model = Observed()
    app = crisis(database_url, None)
    model.db = app.db
    app = replace(app, second=model)
    assert "Second opinion" not in dict(root_notice(app).fields)
    detected(app, angry(at=10))
    respond(app, BRAND.slug, minutes(11))
    assert model.free == [True]
    assert ("Second opinion", "100% negative of 10 read") in root_notice(app).fields
    app.db.close()


def test_it_reads_texts_in_which_the_name_of_the_brand_says_nothing(database_url: str) -> None:
    model = Counting()
    enricher = Enricher({BRAND.slug: parse('"sampah kita"')}, {}, load())
    app = replace(watching(database_url), second=model, enricher=enricher)
    rest = ("", "", "", "", None, "id", 0, 1, 0, ())
    mention = StoredMention(1, "x", "1", minutes(0), "baru buka rekening di sampah kita", *rest)
    assert second_opinion(app, BRAND.slug, [mention]) == (1.0, 1)
    assert "sampah" not in model.texts[-1]
    assert model.texts[-1].startswith("baru buka rekening di ")
    app.db.close()

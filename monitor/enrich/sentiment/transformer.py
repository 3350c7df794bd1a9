"""A fine-tuned transformer where somebody brings one: heavier, better, for few texts.

A folder with ``model.onnx``, ``tokenizer.json`` and, for the names of its classes, ``config.json``,
as Hugging Face's exporters write it. Nothing is downloaded. Needs ``pip install
'siaga[transformer]'``. Some tens of texts a second on a core: a second opinion on the mentions of
an open signal, not for the stream.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.enrich.sentiment.base import CLASSES, Scores, scores_of
from monitor.model import Language
from monitor.problems import Problem

BATCH = 16
MAX_TOKENS = 256

NAMES = {"label_0": "negative", "label_1": "neutral", "label_2": "positive"}
"""What exporters call three classes nobody named; by custom they are in this order."""

PACKAGES = ("onnxruntime", "tokenizers")


class TransformerProblem(Problem):
    """The model cannot be used: files or packages missing, classes unknown."""


class Transformer:
    """A ``SentimentModel`` from a folder. Files and packages are looked for at once, the model is
    read at the first score.

    Raises ``TransformerProblem``, also then.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("model.onnx", "tokenizer.json"):
            if not (folder / name).is_file():
                raise TransformerProblem(
                    f"sentiment.transformer names {folder}, where there is no {name}; put an "
                    "ONNX export of a sentiment model there, or leave it empty."
                )
        if any(importlib.util.find_spec(name) is None for name in PACKAGES):
            raise TransformerProblem(
                "sentiment.transformer needs two more packages: pip install 'siaga[transformer]'."
            )
        self._order = _order(folder / "config.json")

    @functools.cached_property
    def version(self) -> str:
        """Names the folder and exactly these weights."""
        with (self._folder / "model.onnx").open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return f"{self._folder.name}-{digest[:12]}"

    def score(self, texts: Sequence[str], languages: Sequence[Language]) -> Scores:
        """See ``SentimentModel``. Raises ``TransformerProblem``."""
        logits = [self._logits(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        if not logits:
            return scores_of(np.zeros((0, 3)))
        found = np.concatenate(logits).astype(np.float64)
        if found.ndim != 2 or found.shape[1] != len(self._order):
            raise TransformerProblem(
                f"the model in {self._folder} gives an answer of the shape {found.shape[1:]}, but "
                f"its config.json names {len(self._order)} classes; export it for text "
                "classification."
            )
        three = np.full((len(texts), 3), -np.inf)
        for column, place in enumerate(self._order):
            three[:, place] = found[:, column]
        return scores_of(three)

    def why(self, text: str, language: Language) -> tuple[str, ...]:
        """See ``SentimentModel``; it does not say."""
        return ()

    def check(self) -> None:
        """Read the model and try it. Raises ``TransformerProblem``."""
        self.score(["kopi enak, terima kasih"], [Language.INDONESIAN])

    def _logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        session, tokenizer = self._opened
        encoded = tokenizer.encode_batch(
            [text.encode("utf-8", "replace").decode() for text in texts]
        )
        given = {
            "input_ids": np.array([one.ids for one in encoded], dtype=np.int64),
            "attention_mask": np.array([one.attention_mask for one in encoded], dtype=np.int64),
            "token_type_ids": np.array([one.type_ids for one in encoded], dtype=np.int64),
        }
        wanted = {entry.name for entry in session.get_inputs()}
        try:
            logits: NDArray[np.float32] = session.run(
                None, {name: array for name, array in given.items() if name in wanted}
            )[0]
        except Exception as error:  # it raises what it likes
            raise self._unreadable(error) from error
        return logits

    @functools.cached_property
    def _opened(self) -> tuple[Any, Any]:
        import onnxruntime  # an extra, and slow
        import tokenizers

        try:
            tokenizer = tokenizers.Tokenizer.from_file(str(self._folder / "tokenizer.json"))
            session = onnxruntime.InferenceSession(
                str(self._folder / "model.onnx"), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both raise what they like
            raise self._unreadable(error) from error
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.enable_padding()
        return session, tokenizer

    def _unreadable(self, error: Exception) -> TransformerProblem:
        why = " ".join(str(error).split())[:200]
        return TransformerProblem(
            f"the model that sentiment.transformer names, in {self._folder}, cannot be used "
            f"({type(error).__name__}: {why}); export it again, or leave it empty."
        )


def _order(path: Path) -> list[int]:
    """For each of the model's classes, its place in ``CLASSES``, by the names in its config.json.
    Raises ``TransformerProblem``."""
    names = dict(enumerate(CLASSES))
    if path.is_file():
        try:
            named = json.loads(path.read_text("utf-8")).get("id2label") or names
            names = {int(number): str(name) for number, name in named.items()}
        except (OSError, ValueError, AttributeError) as error:
            raise TransformerProblem(f"{path} cannot be read ({error}).") from error
    told = [names[number].strip().lower() for number in sorted(names)]
    if sorted(told) == sorted(NAMES):
        told = [NAMES[name] for name in told]
    begins = [known[:3] for known in CLASSES]
    order = [begins.index(name[:3]) for name in told if name[:3] in begins]
    if len(order) < len(told) or len(set(order)) < len(order):
        raise TransformerProblem(
            f"{path} names the classes {', '.join(names.values())}; "
            "name them negative, neutral and positive in its id2label."
        )
    return order

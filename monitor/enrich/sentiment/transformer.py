"""A fine-tuned transformer where somebody brings one: heavier, better, for few texts.

A folder with ``model.onnx``, ``tokenizer.json`` and, for the names of its classes, ``config.json``,
as Hugging Face's exporters write it. Nothing is downloaded. Needs ``pip install
'siaga[transformer]'``. Some tens of texts a second on a core: a second opinion on the mentions of
an open signal, not for the stream.
"""

from __future__ import annotations

import functools
import hashlib
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

NAMES = {"label_0": 0, "label_1": 1, "label_2": 2}
"""What exporters call classes nobody named; by custom negative, neutral, positive."""


class TransformerProblem(Problem):
    """The model cannot be used: files or packages missing, classes unknown."""


class Transformer:
    """A ``SentimentModel`` from a folder. Files are looked for at once, read at the first score.

    Raises ``TransformerProblem``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("model.onnx", "tokenizer.json"):
            if not (folder / name).is_file():
                raise TransformerProblem(
                    f"sentiment.transformer names {folder}, where there is no {name}; put an "
                    "ONNX export of a sentiment model there, or leave it empty."
                )

    @functools.cached_property
    def version(self) -> str:
        """Names the folder and exactly these weights."""
        with (self._folder / "model.onnx").open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return f"{self._folder.name}-{digest[:12]}"

    def score(self, texts: Sequence[str], languages: Sequence[Language]) -> Scores:
        """See ``SentimentModel``. Raises ``TransformerProblem``."""
        order = self._order
        logits = [self._logits(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        if not logits:
            return scores_of(np.zeros((0, 3)))
        found = np.concatenate(logits).astype(np.float64)
        if found.shape[1] != len(order):
            raise TransformerProblem(
                f"The model in {self._folder} tells {found.shape[1]} classes apart, its "
                f"config.json names {len(order)}."
            )
        three = np.full((len(texts), 3), -np.inf)
        for column, place in enumerate(order):
            three[:, place] = found[:, column]
        return scores_of(three)

    def why(self, text: str, language: Language) -> tuple[str, ...]:
        """See ``SentimentModel``; it does not say."""
        return ()

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
        logits: NDArray[np.float32] = session.run(
            None, {name: array for name, array in given.items() if name in wanted}
        )[0]
        return logits

    @functools.cached_property
    def _opened(self) -> tuple[Any, Any]:
        try:
            import onnxruntime
            import tokenizers
        except ImportError as error:
            raise TransformerProblem(
                "sentiment.transformer needs two more packages; pip install 'siaga[transformer]'."
            ) from error
        try:
            tokenizer = tokenizers.Tokenizer.from_file(str(self._folder / "tokenizer.json"))
            session = onnxruntime.InferenceSession(
                str(self._folder / "model.onnx"), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both raise what they like
            raise TransformerProblem(
                f"The model in {self._folder} cannot be read ({type(error).__name__}: {error})."
            ) from error
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.enable_padding()
        return session, tokenizer

    @functools.cached_property
    def _order(self) -> list[int]:
        """For each of the model's classes, its place in ``CLASSES``."""
        path = self._folder / "config.json"
        names = dict(enumerate(CLASSES))
        if path.is_file():
            try:
                named = json.loads(path.read_text("utf-8")).get("id2label") or names
                names = {int(number): str(name) for number, name in named.items()}
            except (ValueError, AttributeError) as error:
                raise TransformerProblem(f"{path} cannot be read ({error}).") from error
        order = [_place(names[number]) for number in sorted(names)]
        if None in order or len(set(order)) != len(order):
            raise TransformerProblem(
                f"{path} names the classes {', '.join(names.values())}; "
                "known are negative, neutral and positive."
            )
        return [place for place in order if place is not None]


def _place(name: str) -> int | None:
    low = name.strip().lower()
    begins = (at for at, known in enumerate(CLASSES) if low[:3] == known[:3])
    return NAMES.get(low, next(begins, None))

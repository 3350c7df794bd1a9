"""A sentiment model of five words, made on the spot: the files that an exporter would write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

WORDS = {
    "[UNK]": (0, 1, 0),
    "[PAD]": (9, 9, 9),
    "kopi": (0, 0.5, 0),
    "parah": (4, 0, 0),
    "bagus": (0, 0, 4),
}
"""What each word adds to the logits of negative, neutral and positive."""

NAMES = {"0": "NEGATIVE", "1": "NEUTRAL", "2": "POSITIVE"}


def make(
    folder: Path, names: Mapping[str, str] | None = NAMES, order: tuple[int, ...] = (0, 1, 2)
) -> Path:
    """Write the model. ``names``: its ``id2label``; ``order``: which class each column is."""
    folder.mkdir(exist_ok=True)
    weights = np.array(list(WORDS.values()), dtype=np.float32)[:, list(order)]
    _write_model(folder / "model.onnx", weights)
    _write_tokenizer(folder / "tokenizer.json")
    if names is not None:
        (folder / "config.json").write_text(json.dumps({"id2label": names}))
    return folder


def _write_model(path: Path, weights: np.ndarray) -> None:
    """logits = the sum of the words' weights where the attention mask is 1."""
    from onnx import TensorProto, checker, helper, numpy_helper, save

    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])
    mask = helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["batch", "length"])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "classes"])
    nodes = [
        helper.make_node("Gather", ["weights", "input_ids"], ["each"]),
        helper.make_node("Cast", ["attention_mask"], ["floating"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["floating", "last"], ["wide"]),
        helper.make_node("Mul", ["each", "wide"], ["heard"]),
        helper.make_node("ReduceSum", ["heard", "middle"], ["logits"], keepdims=0),
    ]
    constants = [
        numpy_helper.from_array(weights, "weights"),
        numpy_helper.from_array(np.array([2]), "last"),
        numpy_helper.from_array(np.array([1]), "middle"),
    ]
    graph = helper.make_graph(nodes, "tiny", [ids, mask], [logits], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    save(model, str(path))


def _write_tokenizer(path: Path) -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(path))

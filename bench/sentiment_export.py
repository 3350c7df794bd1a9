"""Fitted weights -> the files that ship: quantised, with a manifest and their licence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sentiment_fit import Fitted

from monitor.enrich.sentiment import features
from monitor.enrich.sentiment.linear import quantised
from monitor.enrich.sentiment.reading import rules
from monitor.enrich.sentiment.shipped import MODELS, WEIGHTS, digest

Array = NDArray[np.float64]

LICENCE = """\
The sentiment weights in this folder (en.weights, id.weights, news.weights,
manifest.json)

Licence: Creative Commons Attribution-ShareAlike 4.0 International (CC BY-SA 4.0),
https://creativecommons.org/licenses/by-sa/4.0/ -- because some of the data they were trained on
carries it. The rest of Siaga is not derived from them and is under the Apache License 2.0.

They were trained, and changed by that training, on:

- SmSA (IndoNLU): A. Purwarianti, I. A. P. A. Crisdayanti 2019; B. Wilie et al. 2020. CC BY-SA 4.0.
- NusaX-senti: G. I. Winata et al. 2023. CC BY-SA 4.0.
- PRDECT-ID: R. Sutoyo et al. 2022. CC BY 4.0.
- TweetEval, sentiment: S. Rosenthal et al. 2017; F. Barbieri et al. 2020. CC BY 3.0.
- Ground truth of vaderSentiment (tweets, Amazon reviews): C. J. Hutto, E. Gilbert 2014. MIT.
- Rows written for Siaga (bench/handmade).
"""


def exported(fitted: Fitted) -> tuple[dict[str, Any], bytes]:
    """A model's numbers and its file."""
    words, chars, dense, bias = fitted.differences()
    units, blobs = [], []
    for view in (words, chars):
        view[0] = 0.0  # slot 0 stands for "nothing there"
        steps, unit = quantised(view)
        units.append(unit.tolist())
        blobs.append(steps.tobytes())
    head = {
        "word_bits": features.WORD_BITS,
        "char_bits": features.CHAR_BITS,
        "units": units,
        "dense": dense.tolist(),
        "bias": bias.tolist(),
    }
    return head, b"".join(blobs)


def note_error(error: dict[str, dict[str, float]], folder: Path = WEIGHTS) -> None:
    """Put the measured error of each model into the manifest, for the detectors of a mood, and
    what is read around it, so that the version names that too."""
    manifest = _manifest(folder)
    models = manifest.pop("models") | {"rules": rules()}
    _write_manifest({**manifest, "error": error, "models": models}, folder)


def write(fitted: dict[str, Fitted], facts: dict[str, Any], folder: Path = WEIGHTS) -> None:
    """Write the weights of opinions, manifest and licence; the model of news stays as it is."""
    heads = _manifest(folder)["models"]
    for name, model in fitted.items():
        heads[name], blob = exported(model)
        (folder / f"{name}.weights").write_bytes(blob)
    _write_manifest({"licence": "CC BY-SA 4.0", **facts, "models": heads}, folder)
    (folder / "LICENSE").write_text(LICENCE, "utf-8")


def write_news(
    head: dict[str, Any], blob: bytes, rows: dict[str, int], folder: Path = WEIGHTS
) -> str:
    """Write the model of news; the manifest's hash names the result."""
    (folder / "news.weights").write_bytes(blob)
    manifest = _manifest(folder)
    manifest["rows"]["news"] = rows
    manifest["models"] |= {"news": head, "rules": rules()}
    return _write_manifest(manifest, folder)


def _manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return found


def _write_manifest(manifest: dict[str, Any], folder: Path) -> str:
    """Write it with the hash over its numbers and the files beside it."""
    blobs = {name: (folder / f"{name}.weights").read_bytes() for name in MODELS}
    known = {key: value for key, value in manifest.items() if key != "sha256"}
    named = {"sha256": digest(manifest["models"], blobs), **known}
    (folder / "manifest.json").write_text(json.dumps(named, indent=1) + "\n", "utf-8")
    return str(named["sha256"])

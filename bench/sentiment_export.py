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
The sentiment weights in this folder (en.weights, id.weights, manifest.json)

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
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text("utf-8"))
    models = manifest.pop("models") | {"rules": rules()}
    manifest["sha256"] = digest(models, {n: (folder / f"{n}.weights").read_bytes() for n in MODELS})
    file.write_text(
        json.dumps({**manifest, "error": error, "models": models}, indent=1) + "\n", "utf-8"
    )


def write(fitted: dict[str, Fitted], facts: dict[str, Any], folder: Path = WEIGHTS) -> str:
    """Write weights, manifest and licence; the manifest's hash names the result."""
    made = {name: exported(fitted[name]) for name in MODELS}
    heads = {name: made[name][0] for name in MODELS} | {"rules": rules()}
    blobs = {name: made[name][1] for name in MODELS}
    manifest = {"sha256": digest(heads, blobs), "licence": "CC BY-SA 4.0", **facts, "models": heads}
    folder.mkdir(exist_ok=True)
    for name, blob in blobs.items():
        (folder / f"{name}.weights").write_bytes(blob)
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    (folder / "LICENSE").write_text(LICENCE, "utf-8")
    return str(manifest["sha256"])

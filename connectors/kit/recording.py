"""Record what a platform answers, without its secrets, and answer so again.

    with recording(Path("tests/fixtures/mine.json"), secrets):
        drain(Mine(options, secrets), source)

A recording holds what people wrote: look through it before it goes anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

from connectors.kit import http
from connectors.kit.loopback import Reply, Request

KEPT = ("content-type", "retry-after", "etag", "last-modified", "location", "x-rate-limit-reset")
SECRET = re.compile(
    r"""((?:access_token|appsecret_proof|refresh_token|client_secret|app_secret|secret|api_key|key|"""
    r"""token|id_token|auth_code|signature|authorization|password)\\*["']?\s*[=:]\s*\\*["']?(?:bearer\s+)?|"""
    r"""bearer\s+)[^\s"'&<>,}\\]{6,}""",
    re.IGNORECASE,
)
"""What is written as a secret, also in JSON within JSON, whose quotes are escaped."""

TOKENS = re.compile(
    r"\b(?:EAA|IGAA|THAA)[0-9A-Za-z]{20,}|\bya29\.[\w.-]{20,}|\bAIza[\w-]{30,}|"
    r"\b(?:act|rft)\.[\w.!*-]{20,}|\bAQ[A-Z][\w-]{60,}|\bxox[abeprs]-[\w-]{10,}"
)
"""How the tokens of Meta, Google, TikTok, LinkedIn and Slack look, wherever they stand."""

SECRET_PARAMS = {
    "access_token",
    "appsecret_proof",
    "client_secret",
    "code",
    "input_token",
    "key",
    "refresh_token",
    "token",
}
"""Parameters that are no part of what was asked, and not kept at all."""

TIMES = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z?|\b1\d{9}(?:\d{3})?\b")


def scrub(text: str, secrets: Mapping[str, str]) -> str:
    """``text`` without the known secrets, without anything that is written or looks like one, and
    without anybody's e-mail address."""
    return TOKENS.sub("REDACTED", SECRET.sub(r"\1REDACTED", http.redact(text, secrets)))


UNPROVEN = "from the documentation, unproven"
"""Origin of a body that was made by hand: no platform has ever been seen to answer so."""


@dataclass(frozen=True, slots=True)
class Bodies:
    """How many of the bodies a connector is tested with a platform really sent, and how many were
    made by hand after its documentation."""

    recorded: int = 0
    made: int = 0


def bodies_of(module: str) -> Bodies:
    """What is kept in ``recordings/`` beside a connector's module, counted by origin."""
    recorded = made = 0
    folder = files(module.rpartition(".")[0] or module) / "recordings"
    for file in folder.iterdir() if folder.is_dir() else ():
        if file.name.endswith(".json"):
            kept = json.loads(file.read_text("utf-8"))
            count = len(kept["exchanges"])
            if kept["origin"] == UNPROVEN:
                made += count
            else:
                recorded += count
    return Bodies(recorded, made)


@contextmanager
def recording(
    path: Path, secrets: Mapping[str, str], origin: str = UNPROVEN
) -> Iterator[list[dict[str, Any]]]:
    """Write what ``connectors.kit.http`` is answered within this block to ``path``, also where it
    ends in an exception. ``origin``: ``recorded`` and when, if it is the platform that answers.
    Yields the exchanges as they are kept."""
    told: list[dict[str, Any]] = []
    original = http.fetch

    def fetch(url: str, **asked: Any) -> http.Response:
        answer = original(url, **asked)
        parts = urlsplit(url)
        params = {**dict(parse_qsl(parts.query)), **(asked.get("params") or {})}
        told.append(
            {
                "path": parts.path,
                "params": {
                    k: scrub(f"{k}={v}", secrets).partition("=")[2]
                    for k, v in params.items()
                    if k not in SECRET_PARAMS
                },
                "status": answer.status,
                "headers": {k: scrub(v, secrets) for k, v in answer.headers.items() if k in KEPT},
                "body": scrub(answer.body.decode("utf-8", "replace"), secrets),
            }
        )
        return answer

    try:
        with mock.patch.object(http, "fetch", fetch):
            yield told
    finally:
        kept = {"origin": origin, "exchanges": told}
        path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")


def replayed(path: Path) -> Callable[[Request], Reply]:
    """What to give a ``LoopbackServer`` so that it answers as recorded: the next answer of the
    same path and parameters, the last one for ever."""
    left: dict[str, list[Reply]] = {}
    for one in json.loads(path.read_text("utf-8"))["exchanges"]:
        told = Reply(one["body"], one["status"], one["headers"])
        left.setdefault(_key(one["path"], one["params"]), []).append(told)

    def answer(asked: Request) -> Reply:
        known = left.get(_key(asked.path, asked.params))
        if not known:
            return Reply("not recorded", status=404)
        return known.pop(0) if len(known) > 1 else known[0]

    return answer


def _key(path: str, params: Mapping[str, str]) -> str:
    """What makes two requests one: not when they were made, nor who made them."""
    told = {k: TIMES.sub("T", v) for k, v in sorted(params.items()) if k not in SECRET_PARAMS}
    return path + "?" + "&".join(f"{k}={v}" for k, v in told.items())

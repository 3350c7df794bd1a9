"""Token endpoints on this machine: a code is good once, a refresh token is good once where it
rotates, and errors come in the platforms' own words."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from connectors.kit.loopback import Reply, Request


@dataclass
class OAuthPlatform:
    """``answers``: path -> what is told there, a body or a list of them in turn."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    def __call__(self, asked: Request) -> Reply:
        self.asked.append(asked)
        told = self.answers.get(asked.path)
        if isinstance(told, list):
            told = told.pop(0) if told else None
        if told is None:
            return Reply(json.dumps({"error": "invalid_request"}), 400)
        status = told.pop("status", 200) if "error" in told else 200
        return Reply(json.dumps(told), status, {"content-type": "application/json"})

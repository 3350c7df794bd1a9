"""A Graph API on this machine that behaves like Meta's: pages by cursors, errors by code, usage
headers, deletions and edits. Bodies are made by hand after the documentation and the recordings."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fakes import rules as rules_of

from connectors.kit.loopback import Reply, Request

TOKEN = "EAAB-page-token-of-the-test"
APP_SECRET = "app-secret-of-the-test"
GONE = (100, 33, "Unsupported get request. Object with ID does not exist")


def when(at: datetime) -> str:
    """As Meta writes a time."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def failure(code: int, subcode: int = 0, message: str = "no", **more: Any) -> Reply:
    """An error as Meta words it; the status says little."""
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1", **more}
    if subcode:
        error["error_subcode"] = subcode
    status = 401 if code == 190 else 400
    return Reply(json.dumps({"error": error}), status, {"content-type": "application/json"})


@dataclass
class Meta:
    """One account. ``lists``: path -> its rows, newest first; ``objects``: path -> what it is.

    ``page``: rows a page; ``usage``: the usage header in percent; ``fail``: path -> an error;
    ``on_page``: called with each request before it is answered (items arrive between pages).
    """

    version: str = "v26.0"
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    fail: dict[str, Reply] = field(default_factory=dict)
    retired: set[str] = field(default_factory=set)
    page: int = 2
    usage: int = 5
    on_page: Callable[[Request], None] = lambda _: None
    asked: list[Request] = field(default_factory=list)

    def __call__(self, asked: Request) -> Reply:
        self.asked.append(asked)
        self.on_page(asked)
        if asked.params.get("access_token") != TOKEN:
            return failure(190, 463, "Error validating access token: it has expired")
        if not self._proven(asked):
            return failure(100, 0, "Invalid appsecret_proof provided in the API argument")
        _, _, path = asked.path.removeprefix("/").partition("/")
        rules = rules_of.THREADS if self.version == "v1.0" else rules_of.GRAPH
        if why := rules_of.graph_complaint(rules, asked, self.version):
            return failure(100, 0, f"(#100) {why}")
        if path in self.fail:
            return self.fail[path]
        if path.endswith(("/insights", "/threads_insights")):
            return self._insights(asked)
        if path in self.lists:
            return self._list(asked, path)
        if path in self.objects:
            return self._told(self.objects[path])
        return failure(*GONE)

    def _proven(self, asked: Request) -> bool:
        proof = hmac.new(APP_SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
        return asked.params.get("appsecret_proof") in (None, proof)

    def _list(self, asked: Request, path: str) -> Reply:
        rows = self.lists[path]
        after = asked.params.get("after", "")
        ids = [str(row.get("id", n)) for n, row in enumerate(rows)]
        if after.startswith("behind-") and after.removeprefix("behind-") in ids:
            start = ids.index(after.removeprefix("behind-")) + 1
        elif after:
            return failure(100, 0, "Invalid parameter: the cursor has expired")
        else:
            start = 0
        shown = rows[start : start + self.page]
        paging: dict[str, Any] = {}
        if shown:
            mark = f"behind-{ids[start + len(shown) - 1]}"
            paging = {"cursors": {"before": "b", "after": mark}}
            if start + len(shown) < len(rows):
                paging["next"] = f"https://graph.facebook.com/x?access_token={TOKEN}&after={mark}"
        return self._told({"data": shown, "paging": paging} if paging else {"data": shown})

    def _insights(self, asked: Request) -> Reply:
        names = asked.params["metric"].split(",")
        if bad := [name for name in names if name in self.retired]:
            return failure(100, 0, f"(#100) The value must be a valid insights metric: {bad[0]}")
        rows = [
            {"name": name, "period": "day", "values": [{"value": 7, "end_time": when(_AT)}]}
            for name in names
        ]
        return self._told({"data": rows})

    def _told(self, body: dict[str, Any]) -> Reply:
        usage = json.dumps({"call_count": self.usage, "total_time": 1, "total_cputime": 1})
        headers = {
            "content-type": "application/json",
            "x-app-usage": usage,
            "facebook-api-version": self.version,
        }
        return Reply(json.dumps(body, ensure_ascii=False), headers=headers)


_AT = datetime(2026, 3, 2, 8, tzinfo=UTC)

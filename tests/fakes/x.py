"""X as it answers: for one account and for keywords, in both of its dialects."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from fakes.platform_server import snowflake, zulu

from connectors.kit.fake_platform import FakePlatform, Item, items
from connectors.kit.loopback import Reply, Request

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOKEN = "x-secret-of-the-test"
SIGNED = "token=signed-by-the-platform-"
PROBLEM = "https://api.twitter.com/2/problems/"


class XFake(FakePlatform):
    """X for one account and for keywords, newest first; a post's id tells its time. An edit is a
    new post with a history; what is deleted is named among the errors of a lookup."""

    account, handle = "783214", "kopisenja"
    dialect = "tweet"
    job: Mapping[str, Any] = {}
    jobs = 0

    def respond(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply({"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}, 401)
        if request.path.startswith(("/2/compliance/jobs", "/2/signed/")):
            return self._compliance(request)
        if request.path == "/2/tweets/counts/recent":
            return Reply({"meta": {"total_tweet_count": 0}, "data": []})
        if request.path in (f"/2/users/by/username/{self.handle}", f"/2/users/{self.account}"):
            user = {"id": self.account, "name": "Kopi", "username": self.handle}
            return Reply({"data": {**user, "public_metrics": {"followers_count": 1200}}})
        if request.path == "/2/tweets":
            return self._looked_up(request.params["ids"].split(","))
        if {"since_id", "start_time"} <= request.params.keys():
            return Reply({"title": "Invalid Request", "type": f"{PROBLEM}invalid-request"}, 400)
        if request.path == "/2/tweets/search/recent":
            return self._told(request, self._found(request.params["query"]))
        if request.path == f"/2/users/{self.account}/mentions":
            return self._told(request, [i for i in self.items if self._kind(i) == "mention"])
        if request.path == f"/2/users/{self.account}/tweets":
            return self._told(request, [i for i in self.items if i.author == self.account])
        if found := re.fullmatch(r"/2/tweets/(\d+)/quote_tweets", request.path):
            return self._told(request, [i for i in self.items if i.extra.get("of") == found[1]])
        return Reply({"title": "Not Found Error", "type": f"{PROBLEM}resource-not-found"}, 404)

    def _compliance(self, request: Request) -> Reply:
        """One job at a time, done when it is asked for. What a job names are signed addresses."""
        if request.method == "POST":
            if self.job and self.job["status"] in ("created", "in_progress"):
                return Reply({"title": "Conflict", "status": 409}, 409)
            self.jobs += 1
            name = str(2**60 + self.jobs)
            signed = {n: f"https://api.x.com/2/signed/{n}?{SIGNED}{name}" for n in ("up", "down")}
            self.job = {
                "id": name,
                "type": json.loads(request.body)["type"],
                "status": "created",
                "created_at": zulu(self.now),
                "upload_url": signed["up"],
                "download_url": signed["down"],
            }
        elif request.method == "PUT" and request.path == "/2/signed/up":
            self.job = {**self.job, "status": "in_progress", "ids": request.body.decode().split()}
            return Reply("")
        elif request.path == "/2/signed/down":
            return Reply("\n".join(map(json.dumps, self._results())))
        elif self.job and request.path == f"/2/compliance/jobs/{self.job['id']}":
            done = self.job["status"] == "in_progress"
            self.job = {**self.job, "status": "complete"} if done else self.job
        else:
            return Reply({"title": "Not Found Error"}, 404)
        return Reply({"data": {k: v for k, v in self.job.items() if k != "ids"}})

    def _results(self) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = [{"id": "no_id", "error": "invalid_id"}]
        for name in self.job["ids"]:
            item = self.find(name)
            if item is None:
                told.append({"id": name, "action": "delete", "reason": "deleted"})
            elif item.text.startswith("sudah"):
                told.append({"id": name, "action": "rehydrate", "reason": "tweet_edited"})
            elif name[-4] == "7":
                told.append({"id": name, "action": "scrub_geo", "reason": "geo_scrubbed"})
        return told

    def _kind(self, item: Item) -> str:
        return str(item.extra.get("kind", "")) or ("own" if item.author == self.account else "")

    def _found(self, query: str) -> list[Item]:
        names = re.findall(r"conversation_id:(\d+)", query)
        if names:
            return [i for i in self.items if i.root in names and i.id != i.root]
        assert query.endswith(" -is:retweet")
        return list(self.items)

    def _told(self, request: Request, items: list[Item]) -> Reply:
        start = datetime.fromisoformat(request.params.get("start_time", "2006-01-01T00:00:00Z"))
        since = int(request.params.get("since_id", 0))
        end = self.now - timedelta(seconds=30)
        found = [i for i in items if start <= i.at <= end and int(i.id) > since]
        token = request.params.get("next_token", request.params.get("pagination_token", ""))
        begun = {"since_id", "start_time"} & request.params.keys() or "quote" in request.path
        if token and not begun:  # a next page is asked for as the first one was
            return Reply({"title": "Invalid Request", "type": f"{PROBLEM}invalid-request"}, 400)
        told = self.listing(token, items=found)
        shown = [self._post(item) for item in told.items]
        meta: dict[str, Any] = {"result_count": len(shown)}
        if shown:
            meta |= {"newest_id": shown[0]["id"], "oldest_id": shown[-1]["id"]}
        if told.next:
            meta["next_token"] = told.next
        return Reply({"data": shown, "meta": meta} if shown else {"meta": meta})

    def _looked_up(self, names: list[str]) -> Reply:
        data, errors = [], []
        for name in names:
            item = self.find(name) or self.find(str(int(name) - 1))
            if item is None:
                kind = {"title": "Not Found Error", "type": f"{PROBLEM}resource-not-found"}
                errors.append({"value": name, "resource_id": name, "parameter": "ids", **kind})
            elif item.text.startswith("sudah"):  # an edit: the old version knows of the new one
                newest = str(int(item.id) + 1)
                data.append(self._post(item, name) | self._history(item.id, newest))
            else:
                data.append(self._post(item))
        return Reply({k: v for k, v in (("data", data), ("errors", errors)) if v})

    def _history(self, *names: str) -> dict[str, Any]:
        return {f"edit_history_{self.dialect}_ids": list(names)}

    def _post(self, item: Item, name: str = "") -> dict[str, Any]:
        post: dict[str, Any] = {
            "id": name or item.id,
            "text": escape(item.text[:30], quote=False),
            **self._history(item.id),
            "created_at": zulu(item.at),
            "author_id": item.author,
            "conversation_id": item.root,
            "lang": "in",
            "public_metrics": {"impression_count": 12, "like_count": 1, "quote_count": 0},
        }
        post["public_metrics"]["quote_count"] = sum(
            i.extra.get("of") == item.id for i in self.items
        )
        if len(item.text) > 30:
            post[f"note_{self.dialect}"] = {"text": escape(item.text, quote=False)}
        references = {"replied_to": item.parent, "quoted": item.extra.get("of")}
        told = [{"type": kind, "id": other} for kind, other in references.items() if other]
        return post | ({f"referenced_{self.dialect}s": told} if told else {})


class XPostFake(XFake):
    """The same in the newer dialect."""

    dialect = "post"


def id_at(at: datetime) -> str:
    """An id of that time whose last digits a floating-point number does not keep."""
    return str(int(snowflake(at)) + 12_345)


def posts(count: int) -> list[Item]:
    made = []
    for n, item in enumerate(items(count, NOW)):
        name = id_at(item.at)
        parent = id_at(item.at - timedelta(hours=1)) if n == 3 else ""
        made.append(replace(item, id=name, root=parent or name, parent=parent))
    return [replace(i, text=f"{i.text} yang panjang sekali ceritanya") for i in made]


def of_an_account() -> list[Item]:
    """Nine mentions, two own posts, an answer to each, an own answer, and a quote."""
    made = [replace(i, extra={"kind": "mention"}) for i in posts(9)]
    for n in range(2):
        at = NOW - timedelta(hours=5 + n)
        own = Item(id_at(at), at, f"menu baru {n}", XFake.account, root=id_at(at))
        later = [at + timedelta(minutes=7), at + timedelta(minutes=9), at + timedelta(minutes=11)]
        names = [id_at(one) for one in later]
        made += [
            own,
            Item(names[0], later[0], f"mahal {n}", "budi", parent=own.id, root=own.id),
            Item(names[1], later[1], "terima kasih", XFake.account, names[0], own.id),
            Item(names[2], later[2], "wah", "tono", root=names[2], extra={"of": own.id}),
        ]
    return made

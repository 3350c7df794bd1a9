"""X's batch compliance: which of many stored posts were deleted, hidden or edited, by one job.

https://docs.x.com/x-api/compliance/batch-compliance/integrate. It takes an App's Bearer token and
is open where X lists it among the app's endpoints; X does not publish its price. One job of posts
at a time an app; its ids are taken for 15 minutes, its results kept for a week. The addresses that
a job names are signed: they are asked for when they are needed, and neither kept nor told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from connectors.base import ConnectorError, Page, Unavailable
from connectors.kit import http
from connectors.kit.http import Response
from connectors.kit.json_values import UNREADABLE, identity, read_json
from connectors.x.api import XApi
from connectors.x.errors import refused
from connectors.x.lookup import recheck
from connectors.x.parse import Gone
from monitor.model import Removal

AT_ONCE = 20_000
"""Ids in one job: X takes 128 MB."""

EVERY = timedelta(hours=6)
"""X asks that what is gone there be gone here a day after it was asked at the latest."""

GIVEN_UP = timedelta(days=1)
"""A job that is not complete after so long never will be."""

OWN_HOSTS = ("api.x.com", "api.twitter.com")
NOT_GONE = ("scrub_geo", "geo_scrubbed")
"""Where something was written is not kept here."""


class Compliance:
    """One poll's look at the job. ``state`` is what the cursor keeps: of the ``job`` under way its
    id, when it was made and whether the ids were sent, when one was made last, and which posts a
    job told to be ``edited`` and were not read anew yet."""

    def __init__(self, api: XApi, state: Mapping[str, Any]) -> None:
        self.api, self.state = api, dict(state)
        self.now = int(api.source.now.timestamp())

    def pages(self, ids: tuple[str, ...]) -> Iterator[Page]:
        """A new job for the ``ids``, or what came of the one under way. Unless a job took them, the
        ids are given again; so they are where it raises."""
        yield from self._edited()
        job = self.state.get("job")
        if job and job["sent"]:
            yield Page(recheck_left=True)
            yield from self._come_of(job)
        elif ids and (job or self._due()):
            yield from self._made(job, ids)
        else:
            yield Page(recheck_left=True)

    def _due(self) -> bool:
        last = self.state.get("job_at")
        age = None if last is None else self.now - last
        return age is None or age < 0 or age >= EVERY.total_seconds()

    def _made(self, job: dict[str, Any] | None, ids: tuple[str, ...]) -> Iterator[Page]:
        """A job that has the ids. One that was made and not sent them yet goes on, if it may."""
        if job is None:
            price = self.api.options.usd_per_job
            if self.api.left < price:
                raise self.api.spent()
            told = self._asked("compliance/jobs", {"type": "tweets"})
            job = {"id": identity(told["id"]), "at": self.now, "sent": False}
            self.api.left -= price
            yield self._kept(job, cost={"usd": price} if price else {})
        else:
            told = self._asked(f"compliance/jobs/{job['id']}")
        if told.get("status") in ("failed", "expired"):
            yield self._kept(None, recheck_left=True)
            return
        if told.get("status") == "created":
            body = "\n".join(name for name in ids if name.isdecimal()).encode()
            try:
                self._signed(told.get("upload_url"), body)
            except ConnectorError:
                if self.now - job["at"] > timedelta(minutes=15).total_seconds():
                    yield self._kept(None)  # its address is not taken any more
                raise
        yield self._kept({**job, "sent": True})

    def _come_of(self, job: dict[str, Any]) -> Iterator[Page]:
        told = self._asked(f"compliance/jobs/{job['id']}")
        status, age = told.get("status"), self.now - job["at"]
        if status == "complete":
            gone, edited = _events(self._signed(told.get("download_url")), self.api)
            self.state["edited"] = [*self.state.get("edited", ()), *edited]
            yield self._kept(None, removals=tuple(gone))
            yield from self._edited()
        elif status in ("failed", "expired") or age > GIVEN_UP.total_seconds():
            yield self._kept(None)
            raise Unavailable("X could not finish a compliance job: another one is made later.")

    def _edited(self) -> Iterator[Page]:
        """What became of posts that were edited, as many as can be read anew in one poll: each may
        take two looks, the second at its newest version. The others stay for the next poll."""
        names, both = self.state.get("edited", []), self.api.affordable(after_counts=True) // 2
        if not names or not both:
            return
        yield from recheck(self.api, tuple(names[:both]))
        self.state["edited"] = names[both:]
        yield Page(cursor=dict(self.state))

    def _kept(self, job: dict[str, Any] | None, **told: Any) -> Page:
        self.state.pop("job", None)
        self.state |= {"job": job, "job_at": job["at"]} if job else {}
        return Page(cursor=dict(self.state), **told)

    def _asked(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The job that is made or asked for."""
        options, token = self.api.options, self.api.secrets["token"]
        headers = {"authorization": f"Bearer {token}"}
        answer = http.fetch(f"{options.base_url}/2/{path}", headers=headers, json=body)
        if answer.status == 409:
            raise Unavailable("X is busy with another compliance job of this app.")
        self._check(answer)
        try:
            told = read_json(answer.body)["data"]
            identity(told["id"])
        except (ValueError, *UNREADABLE):
            raise Unavailable("X answered something else than was asked.") from None
        return dict(told)

    def _signed(self, url: Any, body: bytes | None = None) -> bytes:
        """What an address that a job names tells, or takes. Those of X's own host want the token
        too; no other host is shown it."""
        base, parts = self.api.options.base_url, urlsplit(str(url or ""))
        headers = {"content-type": "text/plain"} if body is not None else {}
        if parts.hostname in OWN_HOSTS or parts.netloc == urlsplit(base).netloc:
            headers["authorization"] = f"Bearer {self.api.secrets['token']}"
            url = f"{base}{parts.path}?{parts.query}"
        elif parts.scheme != "https":
            raise Unavailable("X names an address for a compliance job that is not https.")
        answer = http.fetch(str(url), headers=headers, put=body)
        self._check(answer)
        return answer.body

    def _check(self, answer: Response) -> None:
        if not 200 <= answer.status < 299:
            raise refused(answer, self.api.source.now, self.api.secrets)


def _events(body: bytes, api: XApi) -> tuple[list[Removal], list[str]]:
    """What a job's results say (a JSON object a line): what is gone, and ids of what was edited.
    A line that cannot be read says nothing of any other; a body without one that can, nothing."""
    gone, edited, read = list[Removal](), list[str](), 0
    lines = body.decode("utf-8", "replace").splitlines()
    for line in lines:
        try:
            row = json.loads(line)
            name, action, why = identity(row["id"]), row.get("action"), row.get("reason")
        except (ValueError, *UNREADABLE):
            continue
        read += 1
        if action == "delete" and why not in NOT_GONE:
            kind: Gone = "private" if why in ("protected", "suspended") else "deleted"
            gone.append(Removal("x", name, kind, api.source.now))
        elif action == "rehydrate":
            edited.append(name)
    if lines and not read:
        raise Unavailable("X answered something else than the results of a compliance job.")
    return gone, edited

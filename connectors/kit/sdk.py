"""Transports that make the vendors' SDKs use ``connectors.kit.http``: its deadlines, its size
limit, and an address of our choice. Neither SDK has a total deadline of its own, nor tweepy any at
all. Nor do they see an error: they look for words in its body before they tell its status, and
where it has another shape than they expect, it is lost for theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.base import ConnectorError, Unavailable
from connectors.kit import http

if TYPE_CHECKING:
    import httplib2
    import requests

Refused = Callable[[http.Response], ConnectorError]
"""The failure that an answer of another status than 200 stands for."""


def for_requests(session: requests.Session, host: str, base: str, refused: Refused) -> None:
    """Send what ``session`` asks of ``host`` (``https://api…``) to ``base`` through ours."""
    import requests  # 0.09 s, only for the SDKs that use it

    class Ours(requests.adapters.BaseAdapter):
        def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
            asked = request.url or ""
            answer = http.fetch(base + asked.removeprefix(host), headers=_kept(request.headers))
            if 300 <= answer.status < 400 and answer.status != 304:
                # requests would follow it: with the token, and past our deadlines to other hosts
                raise Unavailable(f"{answer.host} sends us elsewhere ({answer.status}).")
            if answer.status != 200:
                raise refused(answer)
            told = requests.Response()
            told.status_code, told.reason, told.url = answer.status, "", asked
            told.headers.update(answer.headers)
            told._content, told.request = answer.body, request
            return told

        def close(self) -> None: ...

    session.mount(host, Ours())


def _kept(headers: Mapping[str, Any]) -> dict[str, str]:
    """The headers that say who asks and for what; those of the connection are ours to set."""
    kept = ("authorization", "user-agent", "accept", "x-goog-api-client")
    return {name: str(value) for name, value in headers.items() if name.lower() in kept}


class ForGoogle:
    """What googleapiclient asks of an ``httplib2.Http``. ``headers`` go with every request."""

    def __init__(self, headers: Mapping[str, str], refused: Refused) -> None:
        self.headers, self.refused = headers, refused

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> tuple[httplib2.Response, bytes]:
        """GET only; nothing here writes to a platform."""
        import httplib2  # 0.08 s, likewise

        if method != "GET":
            raise Unavailable(f"{urlsplit(uri).hostname} was asked too long a question.")
        answer = http.fetch(uri, headers={**_kept(headers or {}), **self.headers})
        if answer.status >= 300:
            raise self.refused(answer)
        return httplib2.Response({**answer.headers, "status": str(answer.status)}), answer.body

    def close(self) -> None:
        """Nothing is held open."""

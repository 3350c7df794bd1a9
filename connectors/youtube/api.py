"""What we ask YouTube, one request at a time, and what may still be spent on it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from math import inf
from typing import Any

from connectors.base import BudgetSpent, ConnectorError, Unavailable
from connectors.kit.endless import Endless, mark_of
from connectors.kit.http import Response
from connectors.kit.sdk import ForGoogle, Refused
from connectors.kit.times import midnight_after
from connectors.youtube.errors import failed

MAX_REQUESTS = 200
"""In one poll. Half of them may be for replies; what is not reached is reported as missed."""


class YouTubeApi:
    """One poll's questions to YouTube, and the units left for them."""

    def __init__(
        self, secrets: Mapping[str, str], base: str, now: datetime, budget: Mapping[str, float]
    ) -> None:
        self.secrets, self.now, self.requests = secrets, now, 0
        self.left = budget.get("units", inf)
        self.service = _service("youtube", "v3", secrets, base, self._refused)

    def told(
        self, method: Any, *, units: float = 1, rows: str = "items", **asked: Any
    ) -> dict[str, Any]:
        """One request through the SDK, as a dict with a list of ``rows``; its failures as ours.
        ``units`` are what it costs of the project's day."""
        if self.left < units:
            raise BudgetSpent(
                "the source's units of YouTube are spent for today: raise `max_units_per_day`, "
                "or wait.",
                midnight_after(self.now),
            )
        self.left -= units
        self.requests += 1
        try:
            told = method(**asked).execute(num_retries=0)
        except ConnectorError:
            raise
        except Exception as error:
            raise Unavailable(
                f"YouTube answered what cannot be read ({type(error).__name__})."
            ) from None
        if not isinstance(told, dict) or not isinstance(told.get(rows), list):
            raise Unavailable("YouTube answered something else than was asked.")
        return told

    def pages(
        self, method: Any, *, units: float = 1, token: str = "", **asked: Any
    ) -> Iterator[dict[str, Any]]:
        """The pages of a list from that mark on ("": its top), one request each. Raises
        ``Unavailable`` for one without end."""
        so_far = Endless("YouTube")
        while True:
            more = {"pageToken": token} if token else {}
            told = self.told(method, units=units, **asked, **more)
            yield told
            token = mark_of(told.get("nextPageToken"))
            if not token:
                return
            so_far.goes_to(token)

    def may_ask(self, share: float = 1.0) -> bool:
        """Whether less than that share of a poll's requests has been made."""
        return self.requests < MAX_REQUESTS * share

    def analytics(self, base: str) -> Callable[..., Any]:
        """The reports of YouTube Analytics, which take a person's consent."""
        query: Callable[..., Any] = (
            _service("youtubeAnalytics", "v2", self.secrets, base, self._refused).reports().query
        )
        return query

    def _refused(self, answer: Response) -> ConnectorError:
        return failed(answer, self.now, self.secrets)


def _service(
    name: str, version: str, secrets: Mapping[str, str], base: str, refused: Refused
) -> Any:
    """The SDK's client, over our transport. What lets us in goes in a header: addresses get
    logged. A person's consent sees more than a key: what is private, held or refused."""
    from googleapiclient.discovery import build  # 0.17 s, only where YouTube is asked

    for logger in ("googleapiclient.discovery", "googleapiclient.http"):
        logging.getLogger(logger).setLevel(logging.ERROR)  # it warns in YouTube's own words
    token = secrets.get("token")
    headers = {"authorization": f"Bearer {token}"} if token else {"x-goog-api-key": secrets["key"]}
    return build(
        name,
        version,
        http=ForGoogle(headers, refused),
        cache_discovery=False,
        static_discovery=True,
        client_options={"api_endpoint": base},
    )

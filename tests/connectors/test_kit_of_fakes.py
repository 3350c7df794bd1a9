"""What fakes of platforms are made of: requests as they arrived, and bodies that were changed."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from connectors.kit import http
from connectors.kit.json_changes import padded
from connectors.kit.loopback import LoopbackServer, Reply


def test_a_parameter_that_is_given_several_times_arrives_whole() -> None:
    with LoopbackServer(lambda request: Reply(request.every("id[]"))) as server:
        asked = urlencode([("id[]", "1"), ("limit", "40"), ("id[]", "2"), ("id[]", "")])
        answer = http.fetch(f"{server.url}/api/v1/statuses?{asked}")
        assert server.requests[0].params == {"id[]": "", "limit": "40"}
    assert json.loads(answer.body) == ["1", "2", ""]


@pytest.mark.parametrize("body", [{"id": "1"}, [{"id": "1"}, {"id": "2"}]])
def test_a_body_grows_whether_it_is_an_object_or_a_list(body: Any) -> None:
    grown = padded(body, 1000)
    assert len(json.dumps(grown)) > 1000
    assert [one["id"] for one in (grown if isinstance(grown, list) else [grown])] == [
        one["id"] for one in (body if isinstance(body, list) else [body])
    ]

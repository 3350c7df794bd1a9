"""Pictures as files of the workspace: an address to send the bytes to, the bytes, a name.

https://docs.slack.dev/reference/methods/files.getUploadURLExternal: the file is shared nowhere and
shown by an ``image`` block that names it (scope ``files:write``).
"""

from __future__ import annotations

import http.client
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from alerting.channels.base import DeliveryError
from alerting.channels.sanitize import cut, one_line
from alerting.channels.slack.caller import Caller
from alerting.channels.slack.picture import png
from alerting.i18n import Localizer
from alerting.model import Picture

ALT = 1000
NAME = "siaga.png"


def fingerprint(picture: Picture, say: Localizer) -> str:
    """What tells two pictures apart."""
    return sha256(repr((picture, say)).encode()).hexdigest()[:16]


def upload(caller: Caller, picture: Picture, say: Localizer) -> str:
    """The file's id. Raises DeliveryError; a file that is left over is shown to nobody."""
    data = png(picture, say)
    asked = caller.call(
        lambda client: client.files_getUploadURLExternal(
            filename=NAME, length=len(data), alt_txt=cut(one_line(picture.alt), ALT)
        )
    )
    caller.call(lambda _: _Sent(_put(str(asked["upload_url"]), data, caller.total_s)))
    title = cut(one_line(picture.title), 100) or NAME
    file = {"id": asked["file_id"], "title": title}
    caller.call(lambda client: client.files_completeUploadExternal(files=[file]))
    return str(asked["file_id"])


class _Sent:
    """An answer as the calls of slack_sdk give one."""

    def __init__(self, status: int) -> None:
        self.data: dict[str, Any] = {"status": status}


def _put(url: str, data: bytes, seconds: float) -> int:
    """POST the bytes where Slack said, without the token and without following a redirect."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    made = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = made(parts.netloc, timeout=seconds)
    try:
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = {"Content-Type": "application/octet-stream"}
        connection.request("POST", path, body=data, headers=headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    if status != 200:
        raise DeliveryError(f"Slack does not take the picture (HTTP {status})", "not_sent")
    return status

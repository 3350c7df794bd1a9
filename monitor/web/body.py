"""What somebody sends us, read no further than it may be long."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request


async def body_of(request: Request, at_most: int) -> bytes | None:
    """The body; None where it has more than so many bytes, or whoever sends it has gone."""
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > at_most:
                return None
    except ClientDisconnect:
        return None
    return body

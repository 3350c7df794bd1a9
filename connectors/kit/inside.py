"""Where a redirect may lead: not from the internet to this machine, its network, or a cloud's data.

A feed's server that sends us to ``http://169.254.169.254/`` or ``http://localhost:8340/`` has us
ask what only we can reach. Who is inside may send us on inside; link-local addresses are never
asked.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address


class LedInside(OSError):
    """A redirect that leads from outside to an address inside."""


async def check_redirect(asked: str, host: str) -> None:
    """Raises ``LedInside`` where the host ``asked`` may not send us to ``host``. What a name stands
    for is looked up; where nobody knows it, the request will fail, or a proxy knows."""
    if asked == host:
        return
    to = await _addresses(host)
    if any(one.is_link_local for one in to):
        raise LedInside
    if any(map(_is_inside, to)) and not any(map(_is_inside, await _addresses(asked))):
        raise LedInside


def _is_inside(address: Address) -> bool:
    return not address.is_global or address.is_multicast


async def _addresses(host: str) -> list[Address]:
    """As the system understands it: 2130706433 and 127.1 are addresses, too."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    told = [ip_address(str(to[0]).partition("%")[0]) for *_, to in found]
    return [(isinstance(a, IPv6Address) and a.ipv4_mapped) or a for a in told]

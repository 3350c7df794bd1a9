"""Telling systemd how the daemon is (sd_notify): ready, alive, stopping; else nothing."""

from __future__ import annotations

import os
import socket


def sd_notify(message: str) -> bool:
    """Send one state (``READY=1``) to the service manager; False where there is none.

    Protocol: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(message.encode(), address)
    except OSError:
        return False
    return True

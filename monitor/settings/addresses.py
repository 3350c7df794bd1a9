"""Who a mail is from, as people write it: ``Siaga, Team <siaga@example.com>``."""

from __future__ import annotations

import re

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
"""Addresses (RFC 5322 3.4.1, dot-atoms) without quoted local parts and without SMTPUTF8, which
relays seldom speak."""


def sender_of(written: str) -> tuple[str, str]:
    """The name ("" where there is none) and the address. A comma in the name needs no quotes here.
    Raises ValueError where there is no address, or several."""
    name, bracket, rest = written.strip().rpartition("<")
    address = rest.removesuffix(">").strip() if bracket else written.strip()
    if not ADDRESS.fullmatch(address) or (bracket and not rest.endswith(">")):
        raise ValueError(
            f"{written!r} names no address to send from; write `Siaga <siaga@example.com>`"
        )
    name = " ".join(name.split())
    if "<" in name:
        raise ValueError(f"{written!r} names several addresses; write the one to send from")
    return name[1:-1].strip() if re.fullmatch(r'"[^"]*"', name) else name, address

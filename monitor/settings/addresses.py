"""Who a mail is from, as people write it: ``Siaga, Team <siaga@example.com>``."""

from __future__ import annotations

import re

ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
"""Addresses without quoted local parts and without SMTPUTF8, which relays seldom speak."""


def sender_of(written: str) -> tuple[str, str]:
    """The name ("" where there is none) and the address. A comma in the name needs no quotes here.
    Raises ValueError where there is no address."""
    name, bracket, rest = written.strip().rpartition("<")
    address = rest.removesuffix(">").strip() if bracket else written.strip()
    if not ADDRESS.fullmatch(address) or (bracket and not rest.endswith(">")):
        raise ValueError(
            f"{written!r} names no address to send from; write `Siaga <siaga@example.com>`"
        )
    return " ".join(name.strip().strip('"').split()), address

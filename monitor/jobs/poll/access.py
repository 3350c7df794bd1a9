"""Where and with which credentials a source is asked: whom it is that says "ask me later"."""

from __future__ import annotations

import json
from hashlib import sha256

from connectors.base import Connector
from monitor.settings.secrets import secret


def access_of(connector: Connector) -> str:
    """A hash of the addresses, the account and the secrets a connector asks with: 16 hex digits.

    Options that say what to ask, how much or how often are not in it, for who is told to wait
    must wait whatever is asked; nor are stored tokens, which are renewed and stay the same
    account's. Raises ``Problem`` where a file with a secret cannot be read.
    """
    info, options = connector.info, getattr(connector, "options", None)
    asked = {
        name: str(getattr(options, name))
        for name in sorted(getattr(type(options), "model_fields", {}))
        if name == "url" or name.endswith("_url") or name == info.account
    }
    held = {name: secret(variable) for name, variable in sorted(info.secrets.items())}
    told = json.dumps([info.name, asked, held], sort_keys=True)
    return sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:16]

"""Secrets at rest: tokens that the platforms renew are kept in the database, sealed.

The key is the environment's ``SIAGA_TOKEN_KEY`` (or the file that ``SIAGA_TOKEN_KEY_FILE`` names),
else the file ``siaga-token.key`` beside the database, which only its owner may read.
"""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

from monitor.problems import Problem
from monitor.settings.places import give_to_owner
from monitor.settings.secrets import secret

VARIABLE = "SIAGA_TOKEN_KEY"
FILE = "siaga-token.key"

MIN_LENGTH = 16
"""Characters of a key that a person made up."""

_SALT = b"siaga tokens"
"""Fixed, for the key must be found again from the words alone; the words carry the strength."""


class Vault:
    """Seals and opens with one key. Fernet: AES-128-CBC with HMAC-SHA256.
    https://cryptography.io/en/latest/fernet/"""

    def __init__(self, key: str) -> None:
        from cryptography.fernet import Fernet  # 20 ms, and only where tokens are stored

        self._fernet = Fernet(_derived(key))

    def seal(self, plain: str) -> str:
        """Sealed text."""
        return self._fernet.encrypt(plain.encode()).decode()

    def open(self, sealed: str) -> str:
        """The plain text. Raises Problem where it was sealed with another key or was changed."""
        from cryptography.fernet import InvalidToken  # as above

        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Problem(
                f"the stored tokens were sealed with another key: give back the {FILE} or "
                f"{VARIABLE} they were made with, or run `siaga connect` again"
            ) from None


def vault(folder: Path, *, create: bool = False) -> Vault:
    """The vault of a database in ``folder``. ``create``: make a key where there is none.

    Raises Problem where there is no key, or one that others may read.
    """
    if key := secret(VARIABLE):
        if len(key) < MIN_LENGTH:
            raise Problem(f"{VARIABLE} is too short: use at least {MIN_LENGTH} characters")
        return Vault(key)
    path = folder / FILE
    if not has_key(folder):
        if not create:
            raise Problem(f"there is no key to open stored tokens: set {VARIABLE} or bring {path}")
        _make(path)
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Problem(f"others may read {path}: say `chmod 600 {path}`")
        return Vault(path.read_text("utf-8").strip())
    except OSError as error:
        raise Problem(f"cannot read {path} ({error.strerror}): set {VARIABLE} instead") from None


def has_key(folder: Path) -> bool:
    """Whether the key of a vault is in ``folder``, as far as may be seen."""
    return os.access(folder / FILE, os.F_OK)


def _make(path: Path) -> None:
    from cryptography.fernet import Fernet  # as above

    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Problem(f"cannot write {path} ({error.strerror}): set {VARIABLE} instead") from None
    with os.fdopen(handle, "w") as file:
        file.write(Fernet.generate_key().decode() + "\n")
    give_to_owner(path)


def _derived(key: str) -> bytes:
    """A Fernet key as it is; other words through scrypt (RFC 7914, n = 2^14)."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt  # as above

    try:
        if len(base64.urlsafe_b64decode(key)) == 32:
            return key.encode()
    except ValueError:
        pass
    made = Scrypt(salt=_SALT, length=32, n=2**14, r=8, p=1).derive(key.encode())
    return base64.urlsafe_b64encode(made)

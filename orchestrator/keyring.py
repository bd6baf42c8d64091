"""The key ring: seals secrets before they are stored; the first key seals, every key opens."""

import contextlib
import os
import re
import stat
import tempfile
from pathlib import Path
from typing import Literal

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from orchestrator.errors import UserError

SETTING = "SOJOURN_SECRET_KEYS"


class Unreadable(Exception):
    """None of the keys opens a secret."""


class KeyRing:
    """Keys from the setting, else from a file that is made – readable by its owner alone – when it is first needed.

    The file is read at each use: a key that `sojourn secrets rotate` adds is known to every process at once.
    """

    def __init__(self, keys: str, file: Path) -> None:
        """`keys`: as in the setting, parted by commas or spaces; empty: those of the file. Raises UserError."""
        self.file = file
        self._given = _parsed(keys, SETTING)

    @property
    def source(self) -> Literal["environment", "file", "none"]:
        """Where the keys are; `none`: the file is not made yet."""
        if self._given:
            return "environment"
        return "file" if self.file.exists() else "none"

    def keys(self) -> list[bytes]:
        """All keys, the one that seals first; none when the file is not there. Raises UserError."""
        return self._given or self._read()

    def seal(self, text: str) -> str:
        """The text under the first key. Raises UserError when the keys cannot be read or made."""
        self.made()
        return self._ring().encrypt(text.encode()).decode("ascii")

    def made(self) -> list[bytes]:
        """As `keys`, with one that is made when there is none. Raises UserError."""
        if not self.keys():
            self._write([Fernet.generate_key()])
        return self.keys()

    def open(self, sealed: str) -> str:
        """The text. Raises Unreadable when no key fits, UserError when the keys cannot be read."""
        try:
            return self._ring().decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Unreadable from None

    def is_first(self, sealed: str) -> bool:
        """Whether it is under the key that seals now. Raises UserError."""
        try:
            Fernet(self.keys()[0]).decrypt(sealed.encode())
        except (InvalidToken, IndexError):
            return False
        return True

    def add(self) -> None:
        """Puts a new key before those of the file; the old ones stay, for they still open backups. Raises UserError."""
        self._write([Fernet.generate_key(), *self._read()])

    def _ring(self) -> MultiFernet:
        keys = self.keys()
        if not keys:
            raise Unreadable
        return MultiFernet([Fernet(key) for key in keys])

    def _read(self) -> list[bytes]:
        try:
            mode = self.file.stat().st_mode
            text = self.file.read_text(encoding="ascii")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as unreadable:
            fix = f"check its rights, or set {SETTING}"
            raise UserError("the key file cannot be read", place=str(self.file), fix=fix) from unreadable
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            text = "others may read the key file"
            raise UserError(text, place=str(self.file), fix=f"chmod 600 {self.file}")
        return _parsed(text, str(self.file))

    def _write(self, keys: list[bytes]) -> None:
        """All or nothing; of several that make the first key at once one wins, and all use it."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=self.file.parent, prefix=f"{self.file.name}.")  # for the owner alone
            with os.fdopen(handle, "wb") as out:
                out.write(b"\n".join(keys) + b"\n")
                out.flush()
                os.fsync(out.fileno())
            if len(keys) > 1:
                Path(draft).replace(self.file)
                return
            with contextlib.suppress(FileExistsError):
                self.file.hardlink_to(draft)
            Path(draft).unlink()
        except OSError as refused:
            text = f"the key file cannot be written: {refused.strerror}"
            raise UserError(text, place=str(self.file), fix=f"check its folder, or set {SETTING}") from refused


def new_key() -> str:
    """A key for the setting."""
    return Fernet.generate_key().decode("ascii")


def _parsed(text: str, place: str) -> list[bytes]:
    keys = [each.encode() for each in re.split(r"[\s,]+", text) if each]
    for number, key in enumerate(keys, 1):
        try:
            Fernet(key)
        except ValueError:
            what = f"key {number} of {len(keys)} is none"
            raise UserError(what, place=place, fix="make one with `sojourn secrets key`") from None
    return keys

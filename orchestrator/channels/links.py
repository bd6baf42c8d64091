"""Signed links of messages: each names a delivery by its key – no address, no member – and what it may be used for.

A token is the key's id (1 byte), the step of a version (9 bytes), the delivery key (16 bytes) and 12 bytes of an
HMAC-SHA256 over these: in base64 for links, and in base32 for return addresses, whose case a mail server may change.
"""

import hmac
from base64 import b32decode, b32encode
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

PATH = "/m"
"""All pages for customers are under it, and nothing else is."""
_VERSION, _STEP, _KEY, _MAC = 7, 9, 16, 12
_SIZE = 1 + _STEP + _KEY + _MAC
_URL_SAFE, _FROM_URL = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")


class Purpose(StrEnum):
    """What a token is good for: one for a purpose is refused for any other."""

    MANAGE = "manage"  # to unsubscribe, and to choose what to get
    TRACK = "track"  # to follow a link of the message
    BOUNCE = "bounce"  # to say that the message came back


class Variable(StrEnum):
    """What a template may use besides the columns of customers."""

    UNSUBSCRIBE = "unsubscribe_url"
    PREFERENCES = "preferences_url"
    CLICK = "sojourn_click"
    OPEN = "sojourn_open"


OFFERED = (Variable.UNSUBSCRIBE, Variable.PREFERENCES)
"""Those that an author writes; the others are put in where links are followed."""
PLACEHOLDERS: Mapping[str, str] = {str(each): "#" for each in OFFERED} | {
    str(Variable.OPEN): "",
    str(Variable.CLICK): "#",
}
"""What they are in a preview, or in a message to nobody in particular."""
ONE_CLICK, RETURN_TOKEN = "list_unsubscribe", "return_token"
"""What a channel gets with a message's recipient: the address for the List-Unsubscribe header of a message that is not
transactional, and what its return address may carry."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a token is about: a delivery of the step at `node_number` of the version that `version_ref` names."""

    version_ref: bytes
    node_number: int
    delivery_key: str


def version_ref(journey_id: str, version: int) -> bytes:
    """Names a version without telling its journey."""
    return sha256(f"{journey_id}/{version}".encode()).digest()[:_VERSION]


class Links:
    """Signs with the first key and takes what any key has signed, so that old messages outlive a rotation."""

    def __init__(self, keys: Callable[[], Sequence[bytes]], url: str) -> None:
        """`keys`: those of the key ring; `url`: where customers reach this installation, without a path."""
        self._keys, self.url = keys, url.rstrip("/")

    def of_step(self, journey_id: str, version: int, node_number: int, *, returns: bool = False) -> "StepLinks":
        """Makes the links of a step's messages, and with `returns` the token by which what comes back names them.

        Raises UserError when the keys cannot be read or made.
        """
        step = version_ref(journey_id, version) + node_number.to_bytes(_STEP - _VERSION, "big")
        return StepLinks(self.url + PATH, self._keys()[0], step, returns=returns)

    def read(self, token: str, purpose: Purpose) -> Target | None:
        """What the token is about; None: nobody here signed it, or not for this."""
        raw = _decoded(token, purpose)
        if raw is None or len(raw) != _SIZE:
            return None
        said, mac = raw[:-_MAC], raw[-_MAC:]
        for key in self._keys():
            if said[:1] == _key_id(key) and hmac.compare_digest(mac, _mac(_derived(key, purpose), said)):
                step, delivery_key = said[1 : 1 + _STEP], said[1 + _STEP :]
                return Target(step[:_VERSION], int.from_bytes(step[_VERSION:], "big"), delivery_key.hex())
        return None


class StepLinks:
    """The links of one step's messages; only what the step's templates use is made."""

    def __init__(self, url: str, key: bytes, step: bytes, *, returns: bool = False) -> None:
        self.returns = returns
        self._url, self._head = url, _key_id(key) + step
        self._signing = {purpose: _derived(key, purpose) for purpose in Purpose}

    def token(self, delivery_key: str, purpose: Purpose) -> str:
        """51 letters, digits, - and _; for a return address 61 small letters and digits."""
        said = self._head + bytes.fromhex(delivery_key)
        raw = said + _mac(self._signing[purpose], said)
        if purpose is Purpose.BOUNCE:
            return b32encode(raw).decode("ascii").rstrip("=").lower()
        return b2a_base64(raw, newline=False).rstrip(b"=").translate(_URL_SAFE).decode("ascii")

    def values(self, delivery_key: str, *, track: bool) -> dict[str, str]:
        """What templates may use; with `track`, what links are followed by as well."""
        manage = self.token(delivery_key, Purpose.MANAGE)
        found: dict[str, str] = {
            Variable.UNSUBSCRIBE: f"{self._url}/u/{manage}",
            Variable.PREFERENCES: f"{self._url}/p/{manage}",
        }
        if track:
            tracking = self.token(delivery_key, Purpose.TRACK)
            found[Variable.CLICK] = f"{self._url}/c/{tracking}/"
            found[Variable.OPEN] = f"{self._url}/o/{tracking}.gif"
        return found


def _decoded(token: str, purpose: Purpose) -> bytes | None:
    try:
        if purpose is Purpose.BOUNCE:
            return b32decode(token.upper() + "=" * (-len(token) % 8))
        return a2b_base64(token.encode("ascii").translate(_FROM_URL) + b"=" * (-len(token) % 4), strict_mode=True)
    except ValueError:
        return None


def _key_id(key: bytes) -> bytes:
    return sha256(key).digest()[:1]


def _derived(key: bytes, purpose: Purpose) -> bytes:
    """A key of its own for each purpose; none of them is the one that seals secrets."""
    return hmac.digest(key, b"sojourn/" + purpose.encode(), "sha256")


def _mac(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, said, "sha256")[:_MAC]

"""Signing in at Google as a service account: a signed assertion for a token that is good for an hour."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import httpx2
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from orchestrator.errors import UserError

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_NEEDED = ("client_email", "private_key", "token_uri")


def account(key: str) -> Mapping[str, Any]:
    """The key of a service account, read. Raises ValueError that repeats nothing of it."""
    try:
        found = json.loads(key)
        private = load_pem_private_key(str(found["private_key"]).encode(), None)
    except (ValueError, KeyError, TypeError):
        raise ValueError("is no key of a service account in JSON") from None
    if not isinstance(private, RSAPrivateKey) or not all(isinstance(found.get(name), str) for name in _NEEDED):
        raise ValueError("is no key of a service account in JSON")
    return {**{name: found[name] for name in _NEEDED}, "key": private}


class ServiceAccount(httpx2.Auth):
    """Puts a token on every request, and gets a new one a minute before the old one ends."""

    requires_response_body = True

    def __init__(self, key: str, scope: str) -> None:
        self._account, self._scope = account(key), scope
        self._token, self._until = "", 0.0

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Raises UserError when the account is refused."""
        if time.time() > self._until:
            content = {"grant_type": _GRANT, "assertion": self._assertion()}
            answer = yield httpx2.Request("POST", self._account["token_uri"], data=content)
            await answer.aread()
            if answer.status_code in (400, 401, 403):
                raise UserError("Google refuses the service account", place="connection", fix="make a new key for it")
            answer.raise_for_status()
            said = answer.json()
            self._token, self._until = str(said["access_token"]), time.time() + float(said["expires_in"]) - 60
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request

    def _assertion(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self._account["client_email"],
            "scope": self._scope,
            "aud": self._account["token_uri"],
            "iat": now,
            "exp": now + 3600,
        }
        parts = [_encoded(json.dumps(each).encode()) for each in ({"alg": "RS256", "typ": "JWT"}, claims)]
        signed = b".".join(parts)
        return b".".join((signed, _encoded(self._account["key"].sign(signed, PKCS1v15(), SHA256())))).decode()


def _encoded(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")

"""Channels over HTTP: one client between `open` and `close`, and answers told apart as the runner needs them."""

from abc import abstractmethod
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from orchestrator.channels.channel import BatchRefused, Channel, ChannelModel
from orchestrator.errors import ChannelAway, NoAnswer, UserError

TIMEOUT = httpx2.Timeout(60, connect=10)
_LONGEST = 3600.0
"""Seconds that a provider may have us wait at one go."""
_AGAIN = "it is tried again"


class HttpChannel(Channel):
    """Says in `client` where and as whom; asks with `ask`; overrides `trouble` where a provider has codes of its own.

    No error repeats what the provider says, since that may repeat what it was sent.
    """

    def __init__(self, connection: ChannelModel) -> None:
        super().__init__(connection)
        self._http: httpx2.AsyncClient | None = None

    @abstractmethod
    def client(self) -> httpx2.AsyncClient:
        """A client with the provider's address and the account's credentials."""

    async def open(self) -> None:
        """Makes the client; it connects with the first request."""
        self._http = self.client()

    async def close(self) -> None:
        """Closes the connections."""
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def ask(self, method: str, path: str, **request: Any) -> httpx2.Response:
        """The provider's answer when it is a success; `request` as httpx takes it.

        Raises ChannelAway when nothing can have been taken, NoAnswer when it may have been, else as `trouble` has it.
        """
        if self._http is None:
            async with self.client() as http:
                return await self._ask(http, method, path, request)
        return await self._ask(self._http, method, path, request)

    async def _ask(self, http: httpx2.AsyncClient, method: str, path: str, request: dict[str, Any]) -> httpx2.Response:
        try:
            answer = await http.request(method, path, **request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout):
            raise ChannelAway(f"{self.title} cannot be reached", place="connection", fix=_AGAIN) from None
        except httpx2.HTTPError:
            raise NoAnswer(f"{self.title} gave no answer", place="connection", fix=_AGAIN) from None
        if answer.is_success:
            return answer
        raise self.trouble(answer)

    def trouble(self, answer: httpx2.Response) -> Exception:
        """What an answer that is no success means: ChannelAway, NoAnswer, UserError or BatchRefused."""
        status, title = answer.status_code, self.title
        if status in (401, 403):
            return UserError(f"{title} refuses the credentials", place="connection", fix="correct them")
        if status in (404, 405, 410) or status < 400:
            return UserError(f"{title} has nothing there (HTTP {status})", place="connection", fix="check the address")
        if status in (408, 425, 429, 503):
            text = f"{title} is busy (HTTP {status})"
            return ChannelAway(text, place="connection", fix=_AGAIN, retry_after=retry_after(answer))
        if status >= 500:
            text = f"{title} fails (HTTP {status})"
            return NoAnswer(text, place="connection", fix=_AGAIN, retry_after=retry_after(answer))
        return BatchRefused(f"http_{status}")


def retry_after(answer: httpx2.Response) -> float | None:
    """Seconds, of a header that has seconds or a date; an hour at most."""
    said = answer.headers.get("Retry-After", "")
    seconds: float | None = None
    with suppress(ValueError):
        seconds = float(said)
    if seconds is None:
        with suppress(ValueError, TypeError):
            seconds = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
    return None if seconds is None or seconds != seconds else min(max(seconds, 0.0), _LONGEST)

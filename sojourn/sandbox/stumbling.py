"""What any provider over HTTP does wrong when it is told to."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi import Response
from fastapi.responses import JSONResponse

from sojourn.sandbox.faults import HttpFaults


class BrokenOff(JSONResponse):
    """An answer that ends in the middle: whether the work is done the caller cannot know."""

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        super().init_headers({**(headers or {}), "content-length": str(len(self.body) + 1)})


async def stumble(faults: HttpFaults, said: Any) -> Response | None:
    """The answer to a request that fails before anything is done, `said` in its body; None: it does not fail."""
    if faults.latency_ms:
        await asyncio.sleep(faults.latency_ms / 1000)
    if faults.drop_requests:
        faults.drop_requests -= 1
        return BrokenOff({})
    if not faults.status:
        return None
    headers = {"Retry-After": f"{faults.retry_after:g}"} if faults.retry_after is not None else {}
    return JSONResponse(said, faults.status, headers)


def answer(faults: HttpFaults, said: Any) -> Response:
    """The answer to a request that was done, if it gets there."""
    if faults.drop_replies:
        faults.drop_replies -= 1
        return BrokenOff(said)
    return JSONResponse(said)

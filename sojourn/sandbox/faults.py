"""What the sandbox is told to do wrong, so that a promise about failures can be tested."""

from fnmatch import fnmatchcase
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Reply(_Model):
    """A refusal for the addresses that match; `*` and `?` stand for anything."""

    pattern: str = "*"
    code: int = Field(ge=400, le=599)
    at: Literal["mail", "rcpt", "data"] = "rcpt"


class Drop(_Model):
    """The connection breaks after the message came in and before the 250; `stored` says whether it was kept."""

    pattern: str = "*"
    stored: bool = True
    times: int | None = Field(None, description="How often; empty: until told otherwise", ge=0)


class SmtpFaults(_Model):
    """Faults of the mail server."""

    latency_ms: float = Field(0, description="Before each 250 for a message", ge=0)
    connect: Literal["accept", "close", "busy"] = Field("accept", description="busy: 421 instead of the greeting")
    replies: list[Reply] = []
    drop: Drop | None = None
    messages_per_connection: int | None = Field(None, description="Then the server hangs up", ge=1)

    def code_for(self, address: str, at: str) -> int | None:
        """The refusal for this address at this stage, if there is one."""
        for reply in self.replies:
            if reply.at == at and fnmatchcase(address, reply.pattern):
                return reply.code
        return None

    def drops(self, address: str) -> Drop | None:
        """Whether to break off now; counts down."""
        drop = self.drop
        if drop is None or drop.times == 0 or not fnmatchcase(address, drop.pattern):
            return None
        if drop.times is not None:
            drop.times -= 1
        return drop


class MetaFaults(_Model):
    """Faults of the ad platform."""

    latency_ms: float = Field(0, ge=0)
    fail_next: int = Field(0, description="How many requests get the error below", ge=0)
    status: int = Field(500, ge=400, le=599)
    code: int | None = Field(2, description="Meta's error code; empty: an answer without JSON")
    subcode: int | None = None
    retry_after: float | None = Field(None, description="Seconds, as the Retry-After header")
    regain_minutes: float | None = Field(None, description="As in the X-Business-Use-Case-Usage header")
    drop_replies: int = Field(0, description="How many requests are done and then not answered", ge=0)
    drop_requests: int = Field(0, description="How many requests break off before anything is done", ge=0)
    poison: list[str] = Field([], description="Hashes for which a whole request is refused")


class HttpFaults(_Model):
    """Faults of any other provider."""

    latency_ms: float = Field(0, ge=0)
    status: int = Field(
        0, description="All requests are answered so, and nothing is done; 0: they are not", ge=0, le=599
    )
    retry_after: float | None = Field(None, description="Seconds, as the Retry-After header")
    drop_replies: int = Field(0, description="How many requests are done and then not answered", ge=0)
    drop_requests: int = Field(0, description="How many requests break off before anything is done", ge=0)


class GoogleFaults(HttpFaults):
    """Faults of the Data Manager API, which says later what became of a request."""

    processing_seconds: float = Field(0, description="How long a request is PROCESSING", ge=0)
    ends: Literal["SUCCESS", "PARTIAL_SUCCESS", "FAILED"] = "SUCCESS"


class Faults(_Model):
    """All faults; a new instance has none."""

    smtp: SmtpFaults = SmtpFaults()
    meta: MetaFaults = MetaFaults()
    resend: HttpFaults = HttpFaults()
    google: GoogleFaults = GoogleFaults()

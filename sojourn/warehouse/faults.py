"""What the warehouse is told to do wrong, so that a promise about failures can be tested."""

import time
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field


class Faults(BaseModel):
    """All faults; a new instance has none. Each `…_next` counts down."""

    model_config = ConfigDict(extra="forbid")

    pattern: str = Field("*", description="Of statements; `*` and `?` stand for anything, capitals do not matter")
    drop_next: int = Field(0, ge=0, description="Statements that are executed and then not answered")
    refuse_next: int = Field(0, ge=0, description="Requests that get `status`")
    status: int = Field(503, ge=400, le=599, description="429: too busy; 503: not there; 401: the token is not taken")
    retry_after: float | None = Field(None, ge=0, description="Seconds, as the Retry-After header")
    stall_next: int = Field(0, ge=0, description="Statements that are executed and answered late")
    stall_seconds: float = Field(0, ge=0, le=600)
    expire_next: int = Field(0, ge=0, description="Sessions that are forgotten before their next statement")
    conflict_next: int = Field(0, ge=0, description="Writes that lose against another one")
    start_seconds: float = Field(0, ge=0, le=600, description="The warehouse starts: so long it answers 503")

    def hits(self, name: str, statement: str) -> bool:
        """Whether this fault happens now; counts down."""
        left: int = getattr(self, name)
        if not left or not fnmatchcase(statement.lower(), self.pattern.lower()):
            return False
        setattr(self, name, left - 1)
        return True


class Switchboard:
    """The faults in force, and since when."""

    def __init__(self) -> None:
        self.faults, self._since = Faults(), time.monotonic()

    def set(self, faults: Faults) -> None:
        """What is left out works."""
        self.faults, self._since = faults, time.monotonic()

    @property
    def starting(self) -> float:
        """Seconds until the warehouse has started."""
        return max(0.0, self.faults.start_seconds - (time.monotonic() - self._since))

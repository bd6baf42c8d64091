"""Every error the product raises on purpose.

    SojournError
    ├── UserError            the person can fix it             HTTP 4xx, never retried
    │   ├── Invalid          what was sent has problems         422, carries every Problem at once
    │   ├── NotFound         no such thing                      404
    │   ├── Conflict         not in this state                  409
    │   └── Stale            saved over a newer revision        412, carries the newer document
    └── OperationalError     the world may heal                 HTTP 503, retried
        ├── LakehouseAway    the lakehouse cannot be reached
        ├── ChannelAway      a provider cannot be reached or refuses the connection
        │   └── NoAnswer     it may have taken what it was sent, and does not say so
        └── EngineAway       Temporal or the app database cannot be reached

Anything else is a defect: HTTP 500, retried and reported.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class SojournError(Exception):
    """An error a person reads: `text` says what is wrong, `place` where, `fix` what to do about it."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"

    def __init__(self, text: str, *, place: str = "", fix: str = "") -> None:
        self.text, self.place, self.fix = text, place, fix
        super().__init__(" – ".join(part for part in (f"{place}: {text}" if place else text, fix) if part))


class UserError(SojournError):
    """The person can fix it; never retried."""

    status = 400
    code = "user_error"


class Invalid(UserError):
    """What was sent has problems; all of them come along."""

    status = 422
    code = "invalid"

    def __init__(
        self, text: str, *, problems: Sequence[Mapping[str, Any]] = (), place: str = "", fix: str = ""
    ) -> None:
        super().__init__(text, place=place, fix=fix)
        self.problems = [dict(problem) for problem in problems]


class NotFound(UserError):
    """There is no such thing."""

    status = 404
    code = "not_found"


class Conflict(UserError):
    """It cannot be done in this state."""

    status = 409
    code = "conflict"


class Stale(UserError):
    """Somebody saved a newer revision; theirs comes along, nothing was overwritten."""

    status = 412
    code = "stale"

    def __init__(self, text: str, *, current: Mapping[str, Any], place: str = "", fix: str = "") -> None:
        super().__init__(text, place=place, fix=fix)
        self.current = dict(current)


class OperationalError(SojournError):
    """The world may heal; retried."""

    status = 503
    code = "unavailable"


class LakehouseAway(OperationalError):
    """The lakehouse cannot be reached."""

    code = "lakehouse_away"


class ChannelAway(OperationalError):
    """A provider cannot be reached, or refuses us. `retry_after` is in seconds, if the provider named it."""

    code = "channel_away"

    def __init__(self, text: str, *, place: str = "", fix: str = "", retry_after: float | None = None) -> None:
        super().__init__(text, place=place, fix=fix)
        self.retry_after = retry_after


class NoAnswer(ChannelAway):
    """Something was sent, and no answer tells whether it was taken: it stays in doubt."""

    code = "no_answer"


class EngineAway(OperationalError):
    """Temporal or the app database cannot be reached."""

    code = "engine_away"

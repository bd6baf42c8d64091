"""FACE Channel: one subclass in one file makes a channel; the runner owns everything around `deliver`."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlglot import exp

from orchestrator.channels.render.mjml import compiled
from orchestrator.channels.returned import Returned
from orchestrator.errors import UserError

Liquid = Annotated[str, Field(json_schema_extra={"x-widget": "liquid"})]
"""A Step field the runner renders for each recipient, as plain text."""
LiquidHtml = Annotated[str, AfterValidator(compiled), Field(json_schema_extra={"x-widget": "liquid-html"})]
"""A Step field the runner renders for each recipient, with HTML escaping on; MJML becomes HTML as it is read."""


PerSecond = Annotated[
    float | None,
    Field(
        title="Messages per second",
        description="Over all workers; empty: as fast as the provider takes them",
        gt=0,
        le=100_000,
    ),
]
"""A Connection field `per_second` of this kind is kept to by the runner."""


class Semantics(StrEnum):
    """What the provider does with the same delivery sent twice; decides how a crash is settled."""

    SET = "set"  # membership of a set: sending again changes nothing
    KEYED = "keyed"  # the provider drops a repeated idempotency key
    LOOKUP = "lookup"  # the provider can be asked whether it has the key
    NONE = "none"  # a repeat is a second message: what is in doubt is held as unknown


class Outcome(StrEnum):
    """How a delivery ends. `DEFERRED` is a channel's word for "later, please" and is never written to the ledger."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one recipient. `reference` is the provider's id; `reason` a code, never personal data."""

    outcome: Outcome
    reference: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know of a connection that works: whether it is as it should be, and what to do where it is not."""

    ok: bool
    text: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One member in a batch: the delivery key, and only the values the channel declared or its templates use."""

    key: str
    values: Mapping[str, Any]


class BatchRefused(Exception):
    """The provider took none of the batch because of something in it; `reason` is a code, never personal data.

    The runner halves the batch until the culprits are alone, and rejects those with the reason.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Batch:
    """What one call of `deliver` gets: at most `Capabilities.batch` recipients, under a key that a retry repeats.

    Another batch with the same key has the same recipients, so the key may serve as an idempotency key.
    `upcoming` is the first recipient of the batch that follows on the same lane, as far as that is known. It is not
    claimed yet: a channel may get ready for it, and must not send.
    """

    key: str
    recipients: Sequence[Recipient]
    upcoming: Recipient | None = None


@dataclass(frozen=True, slots=True)
class Identifier:
    """A value made in the lakehouse from a contact column, so that the raw contact never leaves it.

    `make` takes the contact column and returns the expression; NULL there means the member cannot be reached.
    """

    name: str
    contact: str
    make: Callable[[exp.Expr], exp.Expr]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the runner must know. `batch` counts recipients per call, `lanes` the calls in flight at once.

    A KEYED provider forgets a key after `key_ttl` (None: never): what is in doubt for longer is held as unknown.
    """

    kind: Literal["message", "audience"]
    semantics: Semantics
    consent: str | None  # the purpose a member must have agreed to, e.g. "email"; None: nobody is asked
    key_ttl: timedelta | None = None
    batch: int = 1
    lanes: int = 1
    contacts: tuple[str, ...] = ()  # contacts read as they are, e.g. ("email",)
    identifiers: tuple[Identifier, ...] = ()  # contacts that leave only as made in the lakehouse


class ChannelModel(BaseModel):
    """Base of Connection and Step models: unknown keys are refused, rejected input is not echoed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Channel(ABC):
    """A way to reach members.

    `Connection` (account, server, secrets as SecretStr) and `Step` (what the marketer fills in) become forms.
    The runner calls `open`, then `deliver` from up to `lanes` tasks at once, then `close`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    icon: ClassVar[str] = "send"
    capabilities: ClassVar[Capabilities]
    Connection: ClassVar[type[ChannelModel]]
    Step: ClassVar[type[ChannelModel]]

    def __init__(self, connection: ChannelModel) -> None:
        self.connection: Any = connection

    @abstractmethod
    async def check(self) -> str:
        """Reaches the provider with the connection and says what it found; raises ChannelAway or UserError."""

    async def remarks(self) -> Sequence[Remark]:
        """What is worth knowing once `check` has found that the connection works; raises nothing."""
        return ()

    @property
    def returns(self) -> bool:
        """Whether each message is to carry a token, by which what comes back names it."""
        return False

    async def choices(self, field: str) -> Mapping[str, str]:
        """What the account has for a Step field marked `x-choices`, value → name; raises as `check`."""
        return {}

    def reported(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Returned]:
        """What the provider posts about messages; raises UserError for what was not signed by it."""
        raise UserError("this channel takes no reports", place="connection")

    async def open(self) -> None:  # noqa: B027 – a channel without connections needs neither
        """Gets ready for `deliver`; connections are made lazily."""

    async def close(self) -> None:  # noqa: B027
        """Releases what `open` and `deliver` took."""

    @classmethod
    def reverse(cls, step: Any) -> ChannelModel | None:
        """The step that takes members out again whom this step puts somewhere; None: it puts nobody anywhere."""
        return None

    @abstractmethod
    def deliver(self, batch: Batch, step: Any) -> AsyncIterator[tuple[str, Result]]:
        """Sends the batch and yields (key, Result) for each recipient, in any order, as soon as it is known.

        A recipient without a result when the iterator ends or breaks is in doubt, and is settled by the channel's
        semantics; NoAnswer says the same in words. Raise ChannelAway only when nothing more of the batch can have been
        accepted, UserError when the connection's settings are refused, BatchRefused when the provider took nothing
        more because of one of them; results yielded before that stand. A deferred result may carry a reason, which
        becomes that of the rejection if it never succeeds.
        """

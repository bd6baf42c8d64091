"""Starts, pauses, resumes and stops the workflows of journeys, by the names both sides know."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateStage,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from orchestrator.errors import Conflict, EngineAway
from orchestrator.execution import protocol as p
from orchestrator.execution.plan import Plan
from orchestrator.execution.waves import outline

_RPC = timedelta(seconds=5)
_AWAY = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


@dataclass(frozen=True, slots=True)
class Place:
    """Where workflows run; `url`: Temporal's own pages, None without them."""

    address: str
    namespace: str
    task_queue: str
    url: str | None


class Runner:
    """The API's hand on Temporal. Every method raises EngineAway when Temporal does not answer."""

    def __init__(
        self,
        client: Client,
        queue: str,
        *,
        ui_url: str | None = None,
        wake_every: timedelta = timedelta(),
        patience: timedelta = timedelta(seconds=10),
    ) -> None:
        """`client` needs pydantic's data converter; `ui_url` is where Temporal's own pages are.

        `wake_every` is how far apart timers end, as in the settings.
        """
        self._client, self._queue = client, queue
        self._ui_url, self._wake_every, self._patience = ui_url, wake_every, patience

    @property
    def place(self) -> Place:
        """Where the workflows run."""
        return Place(self._client.service_client.config.target_host, self._client.namespace, self._queue, self._ui_url)

    def workflow_url(self, journey_id: str) -> str | None:
        """Where Temporal shows the journey's workflow; None without its pages."""
        if not self._ui_url:
            return None
        workflow_id = quote(p.journey_workflow_id(journey_id), safe="")
        return f"{self._ui_url.rstrip('/')}/namespaces/{quote(self._client.namespace)}/workflows/{workflow_id}"

    async def ping(self) -> None:
        """Asks for Temporal's health."""
        async with self._reaching():
            if not await self._client.service_client.check_health(timeout=_RPC):
                raise self._away("Temporal is not healthy")

    async def is_running(self, journey_id: str) -> bool:
        """Whether the journey's workflow is under way, live or paused."""
        try:
            async with self._reaching():
                found = await self._handle(journey_id).describe(rpc_timeout=_RPC)
        except _NotThere:
            return False
        return found.status is WorkflowExecutionStatus.RUNNING

    async def start(self, plan: Plan, plan_hash: str, *, wave: int, started_at: datetime, summary: str) -> None:
        """Starts the journey's workflow; waves go on counting from `wave`. Raises Conflict when it runs already.

        `plan_hash` is under what the plan was stored: a later release may hash the same plan differently.
        """
        start = p.StartJourney(
            journey_id=plan.journey_id,
            version=plan.version,
            plan_hash=plan_hash,
            queue=self._queue,
            steps=[outline(step, datetime.now(UTC)) for step in plan.steps],
            state=p.State(wave=wave),
            started_at=started_at,
        )
        await self.start_again(start, summary=summary)

    async def start_again(self, start: p.StartJourney, *, summary: str) -> None:
        """Starts a journey's workflow where `start` says it stands. Raises Conflict when it runs already."""
        start = start.model_copy(update={"wake_every": self._wake_every})
        try:
            async with self._reaching():
                await self._client.start_workflow(
                    p.JOURNEY_WORKFLOW,
                    start,
                    id=p.journey_workflow_id(start.journey_id),
                    task_queue=self._queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                    static_summary=summary,
                    rpc_timeout=_RPC,
                )
        except WorkflowAlreadyStartedError as running:
            raise already_running(start.journey_id) from running

    async def pause(self, journey_id: str) -> p.RunState | None:
        """Freezes the journey; None as in `stop`. Raises Conflict when it is not running."""
        return await self._update(journey_id, p.PAUSE)

    async def resume(self, journey_id: str) -> p.RunState | None:
        """Goes on; None as in `stop`. Raises Conflict when it is not running."""
        return await self._update(journey_id, p.RESUME)

    async def stop(self, journey_id: str) -> p.RunState | None:
        """Ends every visit; None when a worker took it on but is not through yet. Raises Conflict."""
        return await self._update(journey_id, p.STOP)

    async def adopt(
        self, plan: Plan, plan_hash: str, people: p.People, targets: Sequence[p.Target]
    ) -> p.RunState | None:
        """The journey goes on with the plan between two waves; None as in `stop`. Raises Conflict."""
        adopt = p.Adopt(
            version=plan.version,
            plan_hash=plan_hash,
            steps=[outline(step, datetime.now(UTC)) for step in plan.steps],
            people=people,
            targets=list(targets),
        )
        return await self._update(plan.journey_id, p.ADOPT, adopt)

    async def posted(self, journey_id: str, node_id: str) -> None:
        """Wakes the journey for whoever was posted to an entry. Raises Conflict when it is not running."""
        try:
            async with self._reaching():
                await self._handle(journey_id).signal(p.POSTED, node_id, rpc_timeout=_RPC)
        except _NotThere as none:
            raise not_running(journey_id) from none

    async def state(self, journey_id: str) -> p.RunState:
        """Where the journey stands, asked of its workflow. Raises Conflict when there is none."""
        try:
            async with self._reaching():
                found = await self._handle(journey_id).query(
                    p.STATE, result_type=p.RunState, rpc_timeout=self._patience
                )
        except _NotThere as none:
            raise not_running(journey_id) from none
        except WorkflowQueryFailedError as failed:
            raise Conflict("it cannot say where it stands", place=f"journey {journey_id}") from failed
        assert isinstance(found, p.RunState)
        return found

    async def _update(self, journey_id: str, name: str, *given: p.Adopt) -> p.RunState | None:
        try:
            async with self._reaching():
                try:
                    async with asyncio.timeout(self._patience.total_seconds()):
                        taken = await self._handle(journey_id).start_update(
                            name, args=given, wait_for_stage=WorkflowUpdateStage.ACCEPTED, result_type=p.RunState
                        )
                except (TimeoutError, RPCTimeoutOrCancelledError) as nobody:
                    text = f"no worker answered within {self._patience.total_seconds():g} s"
                    raise self._away(text, fix="start `sojourn worker`, or `sojourn dev`") from nobody
                try:
                    async with asyncio.timeout(self._patience.total_seconds()):
                        found = await taken.result()
                except (TimeoutError, RPCTimeoutOrCancelledError):
                    return None
        except _NotThere as none:
            raise not_running(journey_id) from none
        except WorkflowUpdateFailedError as refused:
            text, place, fix = f"it cannot {name} now", f"journey {journey_id}", "look at its run"
            if isinstance(refused.cause, ApplicationError) and refused.cause.type == Conflict.code:
                text, (place, fix) = refused.cause.message, map(str, refused.cause.details)
            raise Conflict(text, place=place, fix=fix) from refused
        assert isinstance(found, p.RunState)
        return found

    def _handle(self, journey_id: str) -> WorkflowHandle[object, object]:
        return self._client.get_workflow_handle(p.journey_workflow_id(journey_id))

    @asynccontextmanager
    async def _reaching(self) -> AsyncIterator[None]:
        try:
            yield
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise _NotThere from error
            if error.status in _AWAY:
                raise self._away("Temporal does not answer") from error
            raise
        except RuntimeError as error:
            # What a client that connects lazily raises when it cannot.
            if "onnect" not in str(error):
                raise
            raise self._away("Temporal does not answer") from error

    def _away(self, text: str, fix: str = "start it, or check SOJOURN_TEMPORAL_ADDRESS") -> EngineAway:
        return EngineAway(text, place=f"Temporal at {self._client.service_client.config.target_host}", fix=fix)


class _NotThere(Exception):
    """Temporal has no such workflow under way."""


def already_running(journey_id: str) -> Conflict:
    """Of two starts the second is refused."""
    return Conflict("it is running already", place=f"journey {journey_id}", fix="stop it first")


def not_running(journey_id: str) -> Conflict:
    """There is nothing to be done to it."""
    return Conflict("it is not running", place=f"journey {journey_id}", fix="start it")

"""One workflow per member, as an orchestrator without sets would run the reference journey: every step an activity."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    import duckdb

ENTER, LOVES, ARM = "enter", "loves", "arm"
_PATIENCE = timedelta(minutes=5)
_LOVES = "SELECT coalesce({category} >= 0.5, false) FROM grocery.propensities WHERE customer_id = $member"
_ENTER = "SELECT 1 FROM grocery.customers WHERE customer_id = $member"
_ARM = "SELECT cast('0x' || substr(md5('member:' || $member), 1, 8) AS BIGINT) % 3"


@workflow.defn(name="Member")
class MemberWorkflow:
    """The steps of the reference journey for one member; returns how it ended."""

    @workflow.run
    async def run(self, member: int) -> str:
        """Entry check, yes/no, one of three arms, a second's wait, the check again."""
        if not await self._ask(ENTER, member):
            return "refused"
        if await self._ask(LOVES, member, "bread"):
            await self._ask(ARM, member)
        await workflow.sleep(timedelta(seconds=1))
        return "loves_soda" if await self._ask(LOVES, member, "soda") else "completed"

    async def _ask(self, name: str, *given: Any) -> Any:
        return await workflow.execute_activity(name, args=given, start_to_close_timeout=_PATIENCE)


@dataclass
class MemberActivities:
    """Point lookups in the same DuckDB, by an index on the customer's number."""

    connection: duckdb.DuckDBPyConnection
    asked: int = field(default=0)

    def all(self) -> Sequence[Any]:
        """For the worker."""
        return [self.enter, self.loves, self.arm]

    @activity.defn(name=ENTER)
    async def enter(self, member: int) -> bool:
        """Whether the member is a customer."""
        return self._row(_ENTER, member) is not None

    @activity.defn(name=LOVES)
    async def loves(self, member: int, category: str) -> bool:
        """Whether the member's score in the category is at least one half."""
        row = self._row(_LOVES.format(category=category), member)
        return bool(row and row[0])

    @activity.defn(name=ARM)
    async def arm(self, member: int) -> int:
        """Which of three arms chance gives the member."""
        row = self._row(_ARM, member)
        assert row is not None
        return int(row[0])

    def _row(self, query: str, member: int) -> tuple[Any, ...] | None:
        # Not in a thread: a lookup takes less time than the way there and back.
        self.asked += 1
        return self.connection.execute(query, {"member": member}).fetchone()

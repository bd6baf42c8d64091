"""Journeys, versions, runs and audiences by id; a save over a newer revision is refused."""

from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Table, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.errors import Conflict, NotFound, Stale
from orchestrator.store import tables as t
from orchestrator.store.database import ping, product, transaction
from orchestrator.store.pauses import note_pause
from orchestrator.store.records import AudienceRecord, JourneyRecord, ListedJourney, RunRecord, VersionRecord

Record = TypeVar("Record", JourneyRecord, VersionRecord, RunRecord, AudienceRecord)


class Store:
    """The app database's documents. Every method is one transaction; all raise EngineAway when it is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def ping(self) -> None:
        """Raises EngineAway when the database does not answer."""
        await ping(self.engine)

    async def product(self) -> str:
        """What the database is: `SQLite 3.45.1`."""
        return await product(self.engine)

    async def close(self) -> None:
        """Lets go of all connections."""
        await self.engine.dispose()

    async def journeys(self) -> list[ListedJourney]:
        """All journeys without their documents, the last changed first."""
        newest = (
            select(t.versions.c.journey_id, func.max(t.versions.c.version).label("version"))
            .group_by(t.versions.c.journey_id)
            .subquery()
        )
        published = and_(t.versions.c.journey_id == newest.c.journey_id, t.versions.c.version == newest.c.version)
        query = (
            select(
                *(t.journeys.c[name] for name in ("id", "name", "revision", "updated_at")),
                func.coalesce(t.journeys.c.document["settings"]["owner"].as_string(), "").label("owner"),
                newest.c.version,
                t.versions.c.published_at,
                t.runs.c.status.label("run_status"),
            )
            .outerjoin(newest, newest.c.journey_id == t.journeys.c.id)
            .outerjoin(t.versions, published)
            .outerjoin(t.runs, t.runs.c.journey_id == t.journeys.c.id)
            .order_by(t.journeys.c.updated_at.desc(), t.journeys.c.id)
        )
        async with transaction(self.engine) as connection:
            return [ListedJourney(**row) for row in (await connection.execute(query)).mappings()]

    async def drafts(self) -> list[JourneyRecord]:
        """All journeys with their documents."""
        return await self._find(JourneyRecord, t.journeys, t.journeys.c.id)

    async def journey(self, journey_id: str) -> JourneyRecord:
        """The draft. Raises NotFound."""
        return _one(await self._find(JourneyRecord, t.journeys, id=journey_id), "journey", journey_id)

    async def add_journey(self, journey_id: str, name: str, document: dict[str, Any]) -> JourneyRecord:
        """A new draft, revision 1. Raises Conflict when the id is taken, or was by a published journey.

        Ids are not used twice: the ledger still tells what happened in the deleted journey.
        """
        if await self.last_version(journey_id):
            raise _taken("journey", journey_id)
        now = datetime.now(UTC)
        record = JourneyRecord(journey_id, name, document, 1, created_at=now, updated_at=now)
        await self._add(t.journeys, record, _taken("journey", journey_id))
        return record

    async def save_journey(self, journey_id: str, name: str, document: dict[str, Any], revision: int) -> JourneyRecord:
        """Saves over exactly that revision. Raises Stale, with the newer draft as a dict, or NotFound."""
        changed = await self._change(t.journeys, journey_id, revision, name=name, document=document)
        current = await self.journey(journey_id)
        if not changed:
            raise _stale(current)
        return current

    async def remove_journey(self, journey_id: str) -> None:
        """Deletes the draft; versions and run stay, as the ledger does. Raises NotFound."""
        await self._remove(t.journeys, "journey", journey_id)

    async def versions(self, journey_id: str) -> list[VersionRecord]:
        """All published versions, the newest first."""
        return await self._find(VersionRecord, t.versions, t.versions.c.version.desc(), journey_id=journey_id)

    async def all_versions(self) -> list[VersionRecord]:
        """All published versions of all journeys, those of deleted ones too."""
        return await self._find(VersionRecord, t.versions)

    async def last_version(self, journey_id: str) -> int:
        """The number of the newest version; 0 when there is none."""
        query = select(func.max(t.versions.c.version)).where(t.versions.c.journey_id == journey_id)
        async with transaction(self.engine) as connection:
            return await connection.scalar(query) or 0

    async def version(self, journey_id: str, version: int | None = None) -> VersionRecord:
        """That version, or the newest. Raises NotFound."""
        number = await self.last_version(journey_id) if version is None else version
        found = await self._find(VersionRecord, t.versions, journey_id=journey_id, version=number)
        if not found:
            text = "it has never been published" if version is None else f"there is no version {version}"
            fix = "publish it" if version is None else "look at its versions"
            raise NotFound(text, place=f"journey {journey_id}", fix=fix)
        return found[0]

    async def add_version(self, record: VersionRecord, plan: dict[str, Any]) -> None:
        """Keeps a version for ever. Raises Conflict when somebody published that number first."""
        text = f"version {record.version} was published a moment ago"
        taken = Conflict(text, place=f"journey {record.journey_id}", fix="look at it, then publish again")
        await self._add(t.versions, record, taken, plan=plan)

    async def plan(self, plan_hash: str) -> dict[str, Any]:
        """The plan of that hash, as JSON. Raises NotFound."""
        query = select(t.versions.c.plan).where(t.versions.c.plan_hash == plan_hash).limit(1)
        async with transaction(self.engine) as connection:
            plan: dict[str, Any] | None = await connection.scalar(query)
        if plan is None:
            raise NotFound("there is no such plan", place=f"plan {plan_hash[:12]}", fix="publish the journey again")
        return plan

    async def run(self, journey_id: str) -> RunRecord | None:
        """The latest run, or None when it was never started."""
        return next(iter(await self._find(RunRecord, t.runs, journey_id=journey_id)), None)

    async def runs(self) -> list[RunRecord]:
        """The latest run of every journey that was ever started."""
        return await self._find(RunRecord, t.runs, t.runs.c.journey_id)

    async def put_run(self, record: RunRecord) -> None:
        """The latest run from now on, in place of the one before."""
        values = asdict(record)
        async with transaction(self.engine) as connection:
            await connection.execute(delete(t.runs).where(t.runs.c.journey_id == record.journey_id))
            await connection.execute(insert(t.runs).values(values))

    async def claim_run(self, record: RunRecord, before: RunRecord | None) -> None:
        """The latest run from now on, if the one before is still the latest.

        Raises Conflict when somebody started the journey meanwhile: of many who claim at once one succeeds.
        """
        text, values = "somebody started it a moment ago", asdict(record)
        started = Conflict(text, place=f"journey {record.journey_id}", fix="look at its run")
        if before is None:
            await self._add(t.runs, record, started)
            return
        same = and_(t.runs.c.journey_id == record.journey_id, t.runs.c.started_at == before.started_at)
        async with transaction(self.engine) as connection:
            if not (await connection.execute(update(t.runs).where(same).values(values))).rowcount:
                raise started

    async def remove_run(self, journey_id: str) -> None:
        """As if it had never been started; does nothing when it was not."""
        async with transaction(self.engine) as connection:
            await connection.execute(delete(t.runs).where(t.runs.c.journey_id == journey_id))

    async def record_run(self, journey_id: str, **changes: Any) -> None:
        """Changes the named fields of the latest run. Raises NotFound when it was never started."""
        query = update(t.runs).where(t.runs.c.journey_id == journey_id).values(changes)
        async with transaction(self.engine) as connection:
            if (status := changes.get("status")) and (at := changes.get("as_of")):
                await note_pause(connection, journey_id, status, at)
            found = (await connection.execute(query)).rowcount
        if not found:
            raise NotFound("it was never started", place=f"journey {journey_id}", fix="start it")

    async def audiences(self) -> list[AudienceRecord]:
        """All audiences, by name."""
        return await self._find(AudienceRecord, t.audiences, t.audiences.c.name, t.audiences.c.id)

    async def audience(self, audience_id: str) -> AudienceRecord:
        """The audience. Raises NotFound."""
        return _one(await self._find(AudienceRecord, t.audiences, id=audience_id), "audience", audience_id)

    async def add_audience(self, audience_id: str, name: str, rule: dict[str, Any]) -> AudienceRecord:
        """A new audience, revision 1. Raises Conflict when the id is taken."""
        record = AudienceRecord(audience_id, name, rule, 1, updated_at=datetime.now(UTC))
        await self._add(t.audiences, record, _taken("audience", audience_id))
        return record

    async def save_audience(self, audience_id: str, name: str, rule: dict[str, Any], revision: int) -> AudienceRecord:
        """Saves over exactly that revision. Raises Stale, with the newer audience as a dict, or NotFound."""
        changed = await self._change(t.audiences, audience_id, revision, name=name, rule=rule)
        current = await self.audience(audience_id)
        if not changed:
            raise _stale(current)
        return current

    async def remove_audience(self, audience_id: str) -> None:
        """Deletes the audience with its sizes: another one may get its id. Raises NotFound."""
        async with transaction(self.engine) as connection:
            await connection.execute(delete(t.audience_sizes).where(t.audience_sizes.c.audience_id == audience_id))
            if not (await connection.execute(delete(t.audiences).where(t.audiences.c.id == audience_id))).rowcount:
                raise _missing("audience", audience_id)

    async def _find(self, kind: type[Record], table: Table, *order: Any, **match: Any) -> list[Record]:
        names = [field.name for field in fields(kind)]
        query = select(*(table.c[name] for name in names))
        query = query.where(*(table.c[name] == value for name, value in match.items())).order_by(*order)
        async with transaction(self.engine) as connection:
            return [kind(**row) for row in (await connection.execute(query)).mappings()]

    async def _add(self, table: Table, record: Any, taken: Conflict, **more: Any) -> None:
        try:
            async with transaction(self.engine) as connection:
                await connection.execute(insert(table).values({**asdict(record), **more}))
        except IntegrityError as double:
            raise taken from double

    async def _change(self, table: Table, key: str, revision: int, **values: Any) -> bool:
        """One statement, so that of two who save the same revision exactly one succeeds."""
        values |= {"revision": revision + 1, "updated_at": datetime.now(UTC)}
        query = update(table).where(table.c.id == key, table.c.revision == revision).values(values)
        async with transaction(self.engine) as connection:
            return bool((await connection.execute(query)).rowcount)

    async def _remove(self, table: Table, kind: str, key: str) -> None:
        async with transaction(self.engine) as connection:
            found = (await connection.execute(delete(table).where(table.c.id == key))).rowcount
        if not found:
            raise _missing(kind, key)


def _one(found: list[Record], kind: str, key: str) -> Record:
    if not found:
        raise _missing(kind, key)
    return found[0]


def _missing(kind: str, key: str) -> NotFound:
    return NotFound(f"there is no {kind} {key!r}", place=f"{kind} {key}", fix=f"check the id, or list every {kind}")


def _taken(kind: str, key: str) -> Conflict:
    return Conflict(f"the id {key!r} is taken", place=f"{kind} {key}", fix="choose another id")


def _stale(current: JourneyRecord | AudienceRecord) -> Stale:
    return Stale(
        f"somebody saved revision {current.revision} meanwhile; nothing was overwritten",
        current=asdict(current),
        place=f"{'journey' if isinstance(current, JourneyRecord) else 'audience'} {current.id}",
        fix="look at theirs, then save over it or discard yours",
    )

"""Why somebody is in a journey, or is not: their way through it, or else each entry's rule taken apart for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from api.deps import Parts
from orchestrator.audience.check import problems
from orchestrator.audience.explain import RulePart, explain
from orchestrator.audience.rules import InAudience, Rule, walk
from orchestrator.errors import NotFound
from orchestrator.execution.ledger import HELD_OUT
from orchestrator.execution.people import member_key
from orchestrator.execution.plan import Plan
from orchestrator.execution.story import (
    Refused,
    Traces,
    VisitStory,
    last_looks,
    read_traces,
    tell_refusals,
    tell_visits,
)
from orchestrator.journey.check import check, faces
from orchestrator.journey.document import Journey
from orchestrator.journey.known import Known

Standing = Literal["inside", "ended", "refused", "outside"]


class EntryStory(BaseModel):
    """An entry, and whether its rule holds for the member now."""

    node_id: str
    name: str
    schedule: str = Field(description="When it looks, in plain words")
    looked_at: datetime | None = Field(description="When it looked last; None: it never did")
    looks_again: bool
    by_event: bool = Field(description="Who meets the rule comes in when something happens to them")
    holds: bool
    problem: str = Field(description="Why the rule cannot be asked; empty: it can")
    rule: RulePart | None = Field(description="None: it cannot be asked, or there is no such customer")


class Why(BaseModel):
    """Why somebody is in a journey, or is not. `entries` are told of whoever never came in."""

    member_id: str
    is_customer: bool
    standing: Standing
    text: str = Field(description="The answer in one sentence")
    visits: list[VisitStory]
    refusals: list[Refused]
    source: Literal["live", "published", "draft"] = Field(description="Whose entries are told")
    version: int | None
    entries: list[EntryStory]


@dataclass(frozen=True)
class _Drawing:
    """The drawing that decides: the one that runs or ran last, else the published one, else the draft."""

    journey: Journey
    source: Literal["live", "published", "draft"]
    version: int | None = None
    plan: Plan | None = None
    status: str | None = None


async def why(here: Parts, journey_id: str, member_id: str, *, show_contacts: bool) -> Why:
    """The member's story. Raises NotFound for the journey, and what reading the lakehouse raises."""
    drawing = await _drawing(here, journey_id)
    known = await here.known()
    try:
        member = member_key(known.lakehouse, member_id)
    except NotFound:
        return _told(member_id, drawing, [], [], [], is_customer=False)
    visits, refusals = await _traces(here, journey_id, drawing, member)
    entries = [] if visits else await _entries(here, journey_id, drawing, known)
    rules = [rule for _, rule in entries if rule is not None]
    parts = await explain(
        here.engine,
        known.lakehouse,
        known.audiences,
        rules,
        member,
        as_of=here.clock(),
        show_contacts=show_contacts,
    )
    answers = iter(parts or [])
    stories = [_with(entry, next(answers, None) if rule is not None else None) for entry, rule in entries]
    return _told(member_id, drawing, visits, refusals, stories, is_customer=parts is not None)


async def _drawing(here: Parts, journey_id: str) -> _Drawing:
    draft = await here.store.journey(journey_id)
    run = await here.store.run(journey_id)
    if run is None and not await here.store.last_version(journey_id):
        return _Drawing(Journey.model_validate(draft.document), "draft")
    version = await here.store.version(journey_id, run.version if run else None)
    is_live = run is not None and run.status in ("live", "paused")
    return _Drawing(
        Journey.model_validate(version.document),
        "live" if is_live else "published",
        version.version,
        await here.plan(version.plan_hash),
        run.status if run else None,
    )


async def _traces(
    here: Parts, journey_id: str, drawing: _Drawing, member: int | str
) -> tuple[list[VisitStory], list[Refused]]:
    if drawing.plan is None:
        return [], []
    traces: Traces = await read_traces(here.engine, here.ledger_schema, journey_id, member)
    drawn = {}
    for number in traces.versions:
        version = await here.store.version(journey_id, number)
        drawn[number] = faces(Journey.model_validate(version.document), here.catalog.nodes)
    return tell_visits(traces, drawn, await here.wait_of(journey_id, drawing.plan)), tell_refusals(
        traces, faces(drawing.journey, here.catalog.nodes)
    )


async def _entries(
    here: Parts, journey_id: str, drawing: _Drawing, known: Known
) -> list[tuple[EntryStory, Rule | None]]:
    """Each entry with the rule to ask about; None: it cannot be asked."""
    looked = await last_looks(here.engine, here.ledger_schema, journey_id) if drawing.plan else {}
    checked = check(drawing.journey, known)
    shown = faces(drawing.journey, known.nodes)
    found: list[tuple[EntryStory, Rule | None]] = []
    for drawn in drawing.journey.nodes:
        if shown[drawn.id].group != "start":
            continue
        node = checked.nodes.get(drawn.id)
        entering = node.entering() if node else None
        problem = _problem(entering.rule, known) if entering else "it is not set up yet"
        entry = EntryStory(
            node_id=drawn.id,
            name=shown[drawn.id].name,
            schedule=shown[drawn.id].summary,
            looked_at=looked.get(drawn.id),
            looks_again=drawing.status == "live" and entering is not None and entering.every is not None,
            by_event=entering is not None and entering.event is not None,
            holds=False,
            problem=problem,
            rule=None,
        )
        found.append((entry, entering.rule if entering and not problem else None))
    return found


def _problem(rule: Rule, known: Known, seen: frozenset[str] = frozenset()) -> str:
    """What keeps the rule, or an audience in it, from being asked; empty: nothing."""
    wrong = problems(rule, known.lakehouse, known.audiences)
    if wrong:
        return wrong[0].text
    inside = {part.audience_id for _, part in walk(rule) if isinstance(part, InAudience)} - seen
    told = (_problem(known.audiences[each], known, seen | inside) for each in sorted(inside))
    return next(filter(None, told), "")


def _with(entry: EntryStory, part: RulePart | None) -> EntryStory:
    return entry.model_copy(update={"rule": part, "holds": part is not None and part.verdict == "yes"})


def _told(
    member_id: str,
    drawing: _Drawing,
    visits: list[VisitStory],
    refusals: list[Refused],
    entries: list[EntryStory],
    *,
    is_customer: bool,
) -> Why:
    inside = [visit for visit in visits if visit.at is not None]
    standing: Standing = "inside" if inside else "ended" if visits else "refused" if refusals else "outside"
    if visits:
        text = _way(inside[-1] if inside else visits[-1])
    elif refusals:
        text = f"Was not let in by “{refusals[-1].name}”."
    else:
        text = _outside(drawing, entries) if is_customer else "There is no customer with this id."
    return Why(
        member_id=member_id,
        is_customer=is_customer,
        standing=standing,
        text=text,
        visits=visits,
        refusals=refusals,
        source=drawing.source,
        version=drawing.version,
        entries=entries,
    )


def _way(visit: VisitStory) -> str:
    last = visit.path[-1]
    if visit.at is not None:
        return f"Is at “{last.name}”."
    if visit.ending == HELD_OUT:
        return "Is held out: gets nothing, to be compared with."
    return f"Came in, and left at “{last.name}”."


def _outside(drawing: _Drawing, entries: Sequence[EntryStory]) -> str:
    """Why a customer never came in."""
    if not entries:
        return "The journey has no entry yet."
    held = [entry for entry in entries if entry.holds]
    if not held:
        asked = [entry for entry in entries if entry.rule is not None]
        if not asked:
            return "No entry's rule can be asked yet."
        return f"Does not meet the rule of “{asked[0].name}”." if len(asked) == 1 else "Meets the rule of no entry."
    name = min(held, key=lambda entry: (not entry.looks_again, entry.by_event)).name
    if any(entry.looks_again and not entry.by_event for entry in held):
        return f"Meets the rule of “{name}”, and comes in when it looks next."
    if any(entry.looks_again for entry in held):
        return f"Meets the rule of “{name}”, and comes in when the event happens."
    if drawing.status == "paused":
        return f"Meets the rule of “{name}”, but the journey is paused."
    if drawing.status == "live":
        return f"Meets the rule of “{name}” now, but did not when it looked."
    return f"Meets the rule of “{name}”, but the journey is not running."

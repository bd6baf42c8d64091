"""A newer version for a running journey: checked against where everybody is, then handed to its workflow."""

from api.deps import Parts
from api.drafts import not_over
from api.models import Adopt
from api.temporal import not_running
from orchestrator.errors import Conflict, Invalid
from orchestrator.execution.plan import Plan
from orchestrator.execution.protocol import RunState, Target
from orchestrator.execution.transfer import kept_steps, never_twice, nowhere_to_go, targets_of, without_place


async def adopt(here: Parts, journey_id: str, wanted: Adopt) -> RunState | None:
    """The run afterwards; None: a worker took it on but is not through yet.

    Raises Conflict when it is not running, the version is not newer, or people would be left behind or come to a step
    twice; Invalid for targets that cannot be; NotFound, LakehouseAway, EngineAway.
    """
    run = await here.store.run(journey_id)
    if run is None or not not_over(run):
        raise not_running(journey_id)
    version = await here.store.version(journey_id, wanted.version)
    if version.version <= run.version:
        text, fix = f"version {run.version} is under way", "publish a newer one; to go back, publish the old one again"
        raise Conflict(text, place="version", fix=fix)
    new, before = await here.plan(version.plan_hash), await here.running(run)
    if new.transfer is None:
        text, fix = f"version {new.version} was published by an earlier release", "publish it again"
        raise Conflict(text, place="version", fix=fix)
    targets: list[Target] = []
    if wanted.people == "move":
        targets = await _targets(here, new, before, wanted.targets)
    elif wanted.targets:
        text, fix = "people finish on their version, so they go nowhere else", "leave it out, or choose move"
        raise Invalid(text, place="targets", fix=fix)
    elif before[-1].transfer is None:
        text, fix = f"version {run.version} was published by an earlier release: nobody can finish on it", "choose move"
        raise Conflict(text, place="people", fix=fix)
    return await here.runner.adopt(new, version.plan_hash, wanted.people, targets)


async def _targets(here: Parts, new: Plan, before: list[Plan], chosen: dict[str, str | None]) -> list[Target]:
    """Where people go whose step is gone, after a look at where everybody is and was."""
    assert new.transfer is not None
    kept = kept_steps(new.steps, [step for plan in before for step in plan.steps])
    targets = targets_of(new, before, chosen, kept)
    standing = dict(await here.engine.rows(new.transfer.standing, {"since_version": 1}))
    if lost := without_place(standing, kept, chosen):
        raise nowhere_to_go(lost, new.version)
    taken = await here.engine.rows(new.transfer.taken, {"since_version": 1})
    never_twice(new, before, [(source, target) for source, target in taken], targets)
    return targets

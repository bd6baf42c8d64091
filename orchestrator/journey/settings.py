"""The settings of a journey: who may come again, who is held out, who leaves early, and what counts as success."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from orchestrator.audience.rules import Condition, Rule

_LONGEST = timedelta(days=3650)


class Never(Condition):
    """A member comes in once."""

    kind: Literal["never"] = "never"


class After(Condition):
    """A member may come in again when so much time has passed since their last visit ended."""

    kind: Literal["after"] = "after"
    gap: timedelta = Field(title="After", json_schema_extra={"x-widget": "duration"})

    @field_validator("gap")
    @classmethod
    def _sensible(cls, gap: timedelta) -> timedelta:
        return _length(gap)


class Always(Condition):
    """A member may come in again as soon as their last visit has ended."""

    kind: Literal["always"] = "always"


class ExitRule(Condition):
    """Whoever the rule holds for leaves, wherever they are; reports show `exit_rule:` and the name."""

    name: str = Field(title="Name", pattern=r"^[a-z][a-z0-9_]{0,39}$", description="The name reports show")
    rule: Rule = Field(title="Who leaves", json_schema_extra={"x-widget": "rule"})


class Goal(Condition):
    """What the journey is for: a visit for which the rule holds within the time after its entry has converted, once."""

    rule: Rule = Field(title="Success is", json_schema_extra={"x-widget": "rule"})
    within: timedelta = Field(
        timedelta(days=30),
        title="Within",
        description="Counted from the entry",
        json_schema_extra={"x-widget": "duration"},
    )
    leave: bool = Field(False, title="Leave on success", description="The visit ends when the goal is reached")

    @field_validator("within")
    @classmethod
    def _sensible(cls, within: timedelta) -> timedelta:
        return _length(within)


class JourneyCap(Condition):
    """At most so many of this journey's messages to one member in so many days."""

    most: int = Field(1, title="At most", ge=1, le=1000)
    within_days: int = Field(7, title="In days", ge=1, le=366)


class JourneySettings(Condition):
    """What holds for the journey as a whole."""

    owner: str = Field("", title="Owner", max_length=120, description="Who looks after it, for the list of journeys")
    reentry: Annotated[Never | After | Always, Field(discriminator="kind")] = Field(Never(), title="Coming in again")
    holdout: float = Field(
        0,
        ge=0,
        le=50,
        multiple_of=0.01,
        title="Held out, in percent",
        description="They qualify, get nothing, and are compared with",
    )
    exit_rules: tuple[ExitRule, ...] = Field((), title="Exit rules", max_length=10)
    goal: Goal | None = Field(None, title="Goal")
    look_minutes: int = Field(
        15, ge=1, le=1440, title="Looked at every", description="Minutes between two looks at exit rules and goal"
    )
    priority: Literal["high", "normal", "low"] = Field(
        "normal",
        title="Priority",
        description="Whose messages are sent first, and whose is sent when a frequency cap leaves room for one",
    )
    caps: tuple[JourneyCap, ...] = Field(
        (),
        title="Frequency caps",
        description="Besides the workspace's; transactional messages count, and are sent all the same",
        max_length=3,
    )
    ends_at: AwareDatetime | None = Field(None, title="End date", description="Nobody comes in from then on")
    at_end: Literal["finish", "leave"] = Field(
        "finish", title="At the end", description="Those inside finish their way, or leave"
    )

    @model_validator(mode="after")
    def _distinct(self) -> "JourneySettings":
        names = [each.name for each in self.exit_rules]
        if len(set(names)) < len(names):
            raise PydanticCustomError("exit_rules", "every exit rule needs a name of its own")
        return self

    def rules(self) -> dict[tuple[str | int, ...], Rule]:
        """The rules in the fields, by path."""
        found: dict[tuple[str | int, ...], Rule] = {
            ("exit_rules", index, "rule"): each.rule for index, each in enumerate(self.exit_rules)
        }
        if self.goal is not None:
            found["goal", "rule"] = self.goal.rule
        return found

    @property
    def looks(self) -> bool:
        """Whether somebody may leave early or convert, so that everybody inside has to be looked at."""
        return bool(self.exit_rules or self.goal or (self.ends_at and self.at_end == "leave"))


def _length(length: timedelta) -> timedelta:
    if not timedelta() < length <= _LONGEST:
        raise PydanticCustomError("duration", "a time longer than nothing and at most ten years")
    return length

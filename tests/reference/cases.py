"""Random journeys, the instants at which they are looked at, and what changes in between, for hypothesis."""

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from orchestrator.channels.channel import Outcome, Result
from tests.reference.rows import DAY, HOUR, MINUTE, SECOND, Edit, Row, edits, keys, members, one_of, rules, tables

STARTS = [
    datetime(2026, 3, 2, 9),  # a Monday
    datetime(2026, 3, 8, 5, 30),  # clocks in New York skip an hour at 7:00 UTC
    datetime(2026, 3, 28, 22),  # in Berlin at 1:00 UTC
    datetime(2026, 4, 4, 13),  # on Lord Howe half an hour comes twice
    datetime(2026, 10, 24, 22, 59, 59),  # in Berlin an hour comes twice
    datetime(2026, 10, 31, 23),  # and in New York
]
CLOCKS = ["00:00", "01:30", "02:15", "02:30", "03:00", "09:00", "10:00", "22:00", "23:59"]
WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
LENGTHS = [SECOND / 2, SECOND, MINUTE, 10 * MINUTE, HOUR, 90 * MINUTE, DAY, 2 * DAY, 7 * DAY]


@dataclass
class Adoption:
    """A newer version: what becomes of those inside, and – of many – which step those go to whose own is gone."""

    journey: dict[str, Any]
    moves: bool
    to: int


@dataclass
class Tick:
    """`due`: so much off the n-th instant at which something is due; `clock`: when a clock (zone, time) next shows it;
    else so much after the last tick."""

    due: int | None
    off: timedelta
    edits: list[Edit] = field(default_factory=list)
    pauses: bool = False
    clock: tuple[str, str] | None = None
    posts: list[tuple[str, int, list[int], list[str | None]]] = field(default_factory=list)
    """(request, which API entry, members, keys)"""
    adopts: Adoption | None = None


@dataclass
class Case:
    journey_id: str
    start: datetime
    journey: dict[str, Any]
    zone: str
    country_zones: dict[str, str]
    holdout: float
    answers: dict[str, Result | None]
    rows: dict[str, list[Row]]
    ticks: list[Tick]
    stops: bool
    policy: dict[str, Any]


everybody: dict[str, Any] = {"kind": "all"}
THEMES = {
    "everything": [
        "wait",
        "wait",
        "wait_until",
        "wait_for",
        "split",
        "first_match",
        "random_split",
        "message",
        "message",
    ],
    "messages": ["message", "message", "message", "split", "wait"],
    "coming again": ["wait", "wait", "wait_for", "split"],
    "clocks": ["wait_until"],
    "events": ["wait", "wait", "split", "message"],
    "posts": ["wait", "split", "message"],
    "versions": ["wait", "wait", "wait_for", "message"],
}
"""What kinds of steps a journey is made of: a mix of everything meets each edge too rarely."""


@st.composite
def until(draw: st.DrawFn, start: datetime) -> dict[str, Any]:
    at = draw(one_of(CLOCKS))
    match draw(one_of(["date", "member_date", "window", "window"])):
        case "date":
            day = start.date() + timedelta(days=draw(st.integers(-1, 3)))
            return {"kind": "date", "day": day.isoformat(), "at": at}
        case "member_date":
            return {"kind": "member_date", "column": "member_since", "days": draw(st.integers(-1, 1)), "at": at}
    end = draw(one_of([clock for clock in CLOCKS if clock != at]))
    days = draw(one_of([WEEK, WEEK, WEEK[:5], WEEK[5:], [WEEK[draw(st.integers(0, 6))]]]))
    return {"kind": "window", "days": days, "start": at, "end": end}


@st.composite
def steps(draw: st.DrawFn, start: datetime, theme: str) -> tuple[str, dict[str, Any], list[str]]:
    """(type, fields, ports)"""
    lengths = LENGTHS[4:] if theme == "versions" else LENGTHS  # somebody is to be inside when a version comes
    match kind := draw(one_of(THEMES[theme])):
        case "wait":
            return kind, {"duration": draw(one_of(lengths))}, ["next"]
        case "wait_until":
            return kind, {"until": draw(until(start))}, ["next"]
        case "wait_for":
            data = {
                "rule": draw(rules(True)),
                "timeout": draw(one_of(lengths)),
                "every": draw(one_of([1, 15, 60, 1440])),
            }
            return kind, data, ["met", "timed_out"]
        case "split":
            return kind, {"rule": draw(rules(True))}, ["yes", "no"]
        case "first_match":
            branches = [
                {"id": name, "label": name, "rule": draw(rules(True))} for name in "ab"[: draw(st.integers(1, 2))]
            ]
            return kind, {"branches": branches}, [*(each["id"] for each in branches), "else"]
        case "random_split":
            weights = draw(one_of([[50, 50], [0.01, 99.99], [33.33, 33.33, 33.34]]))
            arms = [{"id": f"arm{n}", "label": "Arm", "weight": weight} for n, weight in enumerate(weights)]
            return kind, {"arms": arms}, [arm["id"] for arm in arms]
    data = {
        "channel": "letter",
        "connection": "post",
        "step": {"line": "Hello"},
        "one_per_address": draw(st.booleans()),
        "transactional": draw(st.integers(0, 4)) == 0,
    }
    if draw(st.integers(0, 2)) == 0:
        data["throttle"] = {"most": draw(st.integers(1, 4)), "per": draw(one_of(["minute", "hour", "hour", "day"]))}
    return kind, data, ["done", "not_done"]


caps = st.fixed_dictionaries({"most": st.integers(1, 2), "within_days": st.integers(1, 7)})


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draw(st.integers(0, 1)):
        narrower = [{}, {"purpose": "email"}, {"channel": "letter"}, {"purpose": "sms"}]
        found["caps"] = [{**cap, **draw(one_of(narrower))} for cap in draw(st.lists(caps, min_size=1, max_size=2))]
    if draw(st.integers(0, 1)):
        start = draw(one_of(CLOCKS))
        quiet = {"start": start, "end": draw(one_of([clock for clock in CLOCKS if clock != start]))}
        awake = (minutes(quiet["start"]) - minutes(quiet["end"])) % 1440
        spread = draw(one_of([each for each in (0, 0, 1, 30, 120) if each < awake]))
        found["quiet_hours"] = {**quiet, "then": draw(one_of(["defer", "defer", "drop"])), "spread_minutes": spread}
    return found


def minutes(clock: str) -> int:
    hours, rest = clock.split(":")
    return int(hours) * 60 + int(rest)


@st.composite
def settings(draw: st.DrawFn, start: datetime, theme: str) -> dict[str, Any]:
    reentry = draw(one_of(["after", "always"] if theme == "coming again" else ["never", "never", "after", "always"]))
    found: dict[str, Any] = {"reentry": {"kind": reentry}}
    if reentry == "after":
        found["reentry"]["gap"] = draw(one_of(LENGTHS))
    if draw(st.integers(0, 3)) == 0:
        found["holdout"] = draw(one_of([0.01, 25, 50]))
    if draw(st.integers(0, 2)) == 0 and theme != "versions":
        exits = draw(st.lists(rules(True), min_size=1, max_size=2))
        found["exit_rules"] = [{"name": f"rule{n}", "rule": rule} for n, rule in enumerate(exits)]
    if draw(st.integers(0, 2)) == 0:
        found["goal"] = {"rule": draw(rules(True)), "within": draw(one_of(LENGTHS)), "leave": draw(st.booleans())}
    if draw(st.integers(0, 4)) == 0:
        off = draw(one_of([timedelta(), HOUR, DAY, DAY + SECOND, 3 * DAY]))
        found["ends_at"], found["at_end"] = (
            (start + off).replace(tzinfo=UTC).isoformat(),
            draw(one_of(["finish", "leave"])),
        )
    found["caps"] = draw(st.lists(caps, max_size=1))
    found["look_minutes"] = draw(one_of([1, 15, 60, 1440]))
    return found


often = st.builds(lambda minutes: {"kind": "every", "minutes": minutes}, one_of([1, 10, 60, 1440]))
bread = {"kind": "text", "column": "category", "op": "is", "value": "bread"}
events = st.fixed_dictionaries(
    {
        "event": st.fixed_dictionaries(
            {"table": st.just("purchases"), "where": one_of([[], [], [bread]]), "key": one_of(["cart", "cart", ""])}
        ),
        "minutes": one_of([1, 10, 60, 1440]),
        "late": one_of([timedelta(), SECOND, HOUR, DAY]),
    }
)
schedules = (
    st.just({"kind": "once"})
    | st.builds(lambda at: {"kind": "once", "at": at.replace(tzinfo=UTC)}, one_of([*STARTS, STARTS[0] + HOUR]))
    | often
    | often
    | st.builds(
        lambda days, at, zone: {"kind": "weekly", "days": days, "at": at, "zone": zone},
        one_of([WEEK, WEEK[5:], WEEK[1:4:2]]),
        one_of(CLOCKS),
        one_of(["", "Europe/Berlin", "Australia/Lord_Howe"]),
    )
    | st.builds(
        lambda day, at: {"kind": "monthly", "day": day, "at": at, "zone": "Europe/Berlin"},
        one_of([1, 3, 25, 29, 31]),
        one_of(CLOCKS),
    )
)


@st.composite
def drawings(draw: st.DrawFn, start: datetime, theme: str) -> dict[str, Any]:
    """Lines lead to later steps only, most to the next; what nobody reaches is left out."""
    inner = draw(st.lists(steps(start, theme), min_size=1, max_size=8 if theme == "everything" else 4))
    entries = draw(st.integers(1, 2))
    exits = draw(st.integers(1, 2))
    last = len(inner) + exits
    nodes: dict[str, dict[str, Any]] = {}
    edges: list[dict[str, Any]] = []

    def wire(source: str, ports: list[str], first: int) -> None:
        for port in ports:
            ahead = draw(one_of([0, 0, 0, 0, 0, 1, 1, 2, None]))
            if ahead is not None and first + ahead < last:
                target = f"n{first + ahead}"
                edges.append({"id": f"e{len(edges)}", "source": source, "source_port": port, "target": target})

    for number in range(entries):
        schedule = draw(often if theme in ("coming again", "versions") else schedules)
        rule = everybody if theme == "versions" else draw(st.just(everybody) | st.just(everybody) | rules(False))
        nodes[f"entry{number}"] = {"type": "entry", "data": {"rule": rule, "schedule": schedule}}
        if theme == "events" or draw(st.integers(0, 5)) == 0:
            nodes[f"entry{number}"] = {"type": "event_entry", "data": {"rule": rule, **draw(events)}}
        elif theme == "posts" or draw(st.integers(0, 5)) == 0:
            nodes[f"entry{number}"] = {"type": "api_entry", "data": {"keyed": draw(st.booleans())}}
        wire(f"entry{number}", ["next"], number)
    for number, (kind, data, ports) in enumerate(inner):
        nodes[f"n{number}"] = {"type": kind, "data": data}
        wire(f"n{number}", ports, number + 1)
    for number in range(len(inner), last):
        nodes[f"n{number}"] = {"type": "exit", "data": {"outcome": f"way{number}"}}
    reached = {name for name in nodes if name.startswith("entry")}
    for edge in edges:  # sources come in order
        if edge["source"] in reached:
            reached.add(edge["target"])
    drawn = [{"id": name, **node} for name, node in nodes.items() if name in reached]
    if draw(st.integers(0, 2)) == 0:
        drawn.reverse()  # the order of drawing is not the order of walking
    return {
        "name": "Random",
        "settings": draw(settings(start, theme)),
        "nodes": drawn,
        "edges": [edge for edge in edges if edge["source"] in reached],
    }


@st.composite
def edited(draw: st.DrawFn, journey: dict[str, Any], start: datetime) -> dict[str, Any]:
    """Another version of a drawing: a step set up anew, replaced, put in or taken out, other settings or schedule."""
    made = copy.deepcopy(journey)
    inner = [each for each in made["nodes"] if not each["type"].endswith("entry") and each["type"] != "exit"]
    entries = [each for each in made["nodes"] if each["type"] == "entry"]
    name = f"x{len(made['edges'])}{draw(st.integers(0, 99))}"

    def wire(ports: list[str], target: str) -> None:
        made["edges"] += [
            {"id": f"{name}{port}", "source": name, "source_port": port, "target": target} for port in ports
        ]

    match draw(one_of(["set up", "set up", "replace", "put in", "take out", "settings", "schedule"])):
        case "set up" if inner:
            node, (kind, data, _) = draw(one_of(inner)), draw(steps(start, "everything"))
            node["data"] = (
                data if kind == node["type"] and kind not in ("first_match", "random_split") else node["data"]
            )
        case "replace" if inner:
            node, (kind, data, ports) = draw(one_of(inner)), draw(steps(start, "everything"))
            before = [edge for edge in made["edges"] if edge["source"] == node["id"]]
            made["edges"] = [edge for edge in made["edges"] if edge["source"] != node["id"]]
            made["edges"] = [_to(edge, node["id"], name) for edge in made["edges"]]
            made["nodes"][made["nodes"].index(node)] = {"id": name, "type": kind, "data": data}
            if before:
                wire(ports, before[0]["target"])
        case "put in" if made["edges"]:
            edge, (kind, data, ports) = draw(one_of(made["edges"])), draw(steps(start, "everything"))
            wire(ports, edge["target"])
            edge["target"] = name
            made["nodes"].append({"id": name, "type": kind, "data": data})
        case "take out" if inner:
            gone = draw(one_of(inner))["id"]
            after = next((edge["target"] for edge in made["edges"] if edge["source"] == gone), None)
            kept = [edge for edge in made["edges"] if edge["source"] != gone]
            made["edges"] = [_to(edge, gone, after) for edge in kept if after or edge["target"] != gone]
            made["nodes"] = [each for each in made["nodes"] if each["id"] != gone]
        case "settings":
            made["settings"] = draw(settings(start, "everything"))
        case "schedule" if entries:
            draw(one_of(entries))["data"]["schedule"] = draw(schedules)
    return _reached(made)


def _to(edge: dict[str, Any], old: str, new: str | None) -> dict[str, Any]:
    return {**edge, "target": new} if edge["target"] == old else edge


def _reached(journey: dict[str, Any]) -> dict[str, Any]:
    """Without the steps to which no way leads any more."""
    reached = {each["id"] for each in journey["nodes"] if each["type"].endswith("entry")}
    while more := {edge["target"] for edge in journey["edges"] if edge["source"] in reached} - reached:
        reached |= more
    journey["nodes"] = [each for each in journey["nodes"] if each["id"] in reached]
    journey["edges"] = [edge for edge in journey["edges"] if edge["source"] in reached]
    return journey


@st.composite
def ticks(draw: st.DrawFn, start: datetime) -> Tick:
    if draw(st.integers(0, 3)):
        due, off = draw(st.integers(0, 4)), draw(one_of([-SECOND, timedelta(), timedelta(), timedelta(), SECOND]))
    else:
        due, off = None, draw(one_of([timedelta(), SECOND, 59 * SECOND, 10 * MINUTE, HOUR, DAY, 3 * DAY, 40 * DAY]))
    clocks = st.tuples(one_of(["UTC", "Europe/Berlin", "America/New_York"]), one_of(CLOCKS))
    clock = draw(clocks) if draw(st.integers(0, 3)) == 0 else None
    people = st.lists(members, min_size=1, max_size=4)
    post = st.tuples(one_of(["r1", "r2", "r3", "r4", "r5"]), st.integers(0, 1), people, st.lists(keys, min_size=4))
    pauses = draw(st.integers(0, 15)) == 0
    return Tick(due, off, draw(st.lists(edits(start), max_size=3)), pauses, clock, draw(st.lists(post, max_size=2)))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    start = draw(one_of(STARTS))
    theme = draw(one_of([*sorted(THEMES), "versions"]))
    journey, moments = draw(drawings(start, theme)), draw(st.lists(ticks(start), min_size=3, max_size=8))
    newer = journey
    for tick in moments[1:] if theme == "versions" else ():
        if draw(st.booleans()):
            newer = draw(edited(newer, start))
            tick.adopts = Adoption(newer, draw(st.booleans()), draw(st.integers(0, 9)))
    answer = one_of([None, Result(Outcome.REJECTED, reason="bounced"), Result(Outcome.SUPPRESSED, reason="listed")])
    return Case(
        journey_id=f"j{draw(st.integers(0, 99))}",
        start=start,
        journey=journey,
        zone=draw(one_of(["UTC", "UTC", "America/New_York"])),
        country_zones=draw(one_of([{}, {"DE": "Europe/Berlin", "US": "America/New_York"}])),
        holdout=draw(one_of([0, 0, 0, 20])),
        answers=draw(st.dictionaries(one_of([f"m{n}@shop.test" for n in range(1, 5)]), answer, max_size=3)),
        rows=draw(tables(start)),
        ticks=moments,
        stops=draw(st.integers(0, 9)) == 0,
        policy=draw(policies()),
    )

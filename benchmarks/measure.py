"""What is read off a run: its history at the Temporal server, and the CPU and memory of processes."""

import os
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class History:
    """A closed workflow: events, bytes, seconds from its start to its end, and how many of them it slept."""

    events: int
    size: int
    seconds: float
    slept: float

    @property
    def worked(self) -> float:
        """Seconds from start to end without those it slept on its timers."""
        return self.seconds - self.slept


async def history(handle: WorkflowHandle[Any, Any]) -> History:
    """The server's own account of a workflow that has ended."""
    events = [event async for event in handle.fetch_history_events()]
    moments = {event.event_id: event.event_time.ToNanoseconds() / 1e9 for event in events}
    slept = sum(
        moments[event.event_id] - moments[event.timer_fired_event_attributes.started_event_id]
        for event in events
        if event.event_type == EventType.EVENT_TYPE_TIMER_FIRED
    )
    described = (await handle.describe()).raw_description.workflow_execution_info
    return History(len(events), described.history_size_bytes, moments[len(events)] - moments[1], slept)


def own_cpu() -> float:
    """CPU seconds of this process so far, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def own_peak() -> int:
    """The most memory this process ever had resident, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def cpu(pid: int) -> float:
    """CPU seconds of another process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def peak(pid: int) -> int:
    """The most memory another process ever had resident, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0

"""Numbers and durations in plain words, for summaries."""

from datetime import timedelta

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def duration(length: timedelta) -> str:
    """A duration as one would say it: `2 days`, `1 hour 30 minutes`, `0.5 seconds`."""
    seconds = length.total_seconds()
    parts: list[str] = []
    for unit, size in _UNITS:
        count = int(seconds // size) if size > 1 else round(seconds, 3)
        seconds -= count * size
        if count:
            parts.append(f"{count:g} {unit}{'' if count == 1 else 's'}")
    return " ".join(parts[:2]) or "no time"

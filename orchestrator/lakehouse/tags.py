"""What a statement is for: tags that engines hand on, so that cost can be told by journey and step."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TAGS: ContextVar[dict[str, str]] = ContextVar("tags", default={})  # noqa: B039 - never changed, only replaced


@contextmanager
def tagged(**tags: object) -> Iterator[None]:
    """Statements that begin within the block, and in tasks made there, carry these tags as well; never a person."""
    before = _TAGS.set({**_TAGS.get(), **{name: str(value) for name, value in tags.items() if value is not None}})
    try:
        yield
    finally:
        _TAGS.reset(before)


def tags() -> dict[str, str]:
    """The tags in force."""
    return _TAGS.get()

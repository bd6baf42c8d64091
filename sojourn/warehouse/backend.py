"""What a warehouse runs statements on."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import pyarrow as pa


class Refused(Exception):
    """A statement that was refused, in Databricks' words: an error class in brackets, then a sentence."""

    def __init__(self, error_class: str, text: str) -> None:
        super().__init__(f"[{error_class}] {text}")


class Cancelled(Exception):
    """A statement that was cancelled while it ran."""


class Backend(Protocol):
    """Safe to call from many threads."""

    def run(
        self, statement: str, parameters: Mapping[str, Any], cancelling: Callable[[Callable[[], None]], None]
    ) -> tuple[pa.Table, int | None]:
        """The rows, and how many a write touched; `cancelling` is given what cancels it, as soon as that works.

        Raises Refused and Cancelled.
        """

    def close(self) -> None:
        """Lets go of the data."""

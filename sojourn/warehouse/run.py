"""`sojourn warehouse`: opens the data, listens, and runs until it is told to stop."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from orchestrator.errors import UserError
from sojourn.sample.grocer import generate
from sojourn.warehouse.backend import Backend
from sojourn.warehouse.duck import DuckBackend
from sojourn.warehouse.history import History
from sojourn.warehouse.server import Warehouse


@contextmanager
def warehouse(
    folder: Path | None, *, backend: str, catalog: str, host: str, port: int, token: str, sample: int
) -> Iterator[Warehouse]:
    """A warehouse that listens; without a folder its data are gone with it. `sample`: customers of the grocer's.

    Raises UserError when somebody listens there, or the engine is not installed.
    """
    with tempfile.TemporaryDirectory(prefix="sojourn-warehouse-") as temporary:
        home = folder or Path(temporary)
        home.mkdir(parents=True, exist_ok=True)
        history = History()
        data = _opened(backend, home, catalog, history, sample)
        try:
            listening = Warehouse(data, history, home / "volumes", host=host, port=port, token=token)
        except OSError as taken:
            data.close()
            text = f"port {port} cannot be listened on: {taken.strerror}"
            raise UserError(text, place=f"{host}:{port}", fix="choose another with --port") from None
        with listening:
            yield listening


def wait_for(stop: threading.Event) -> None:
    """Returns when the event is set; signals are taken meanwhile."""
    while not stop.wait(0.5):
        pass


def _opened(kind: str, home: Path, catalog: str, history: History, sample: int) -> Backend:
    file = home / "warehouse.duckdb"
    if kind == "sail":
        if find_spec("pysail") is None:
            raise UserError("Sail is not installed", place="--backend", fix="install sojourn[sail], or use duckdb")
        from sojourn.warehouse.sail import SailBackend

        return SailBackend(home / "delta", catalog, home / "volumes", history)
    if kind != "duckdb":
        raise UserError(f"there is no engine {kind!r}", place="--backend", fix="use duckdb or sail")
    if sample and not file.exists():
        generate(file, as_of=datetime.now(UTC), customers=sample)
    return DuckBackend(file, catalog, home / "volumes", history)

"""A PostgreSQL server of one's own, which can be killed and started again on what it left."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
import pytest

from workers.telemetry import free_port

_AS_ROOT: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
"""PostgreSQL refuses to run as root."""


class Postgres:
    """`with Postgres(*settings) as server`: answers when entered, gone with its data when left."""

    def __init__(self, *settings: str) -> None:
        self._settings = settings
        self._port = free_port()
        self.url = f"postgresql://sojourn@127.0.0.1:{self._port}"
        """Without a database name."""

    def __enter__(self) -> Self:
        self._binaries = _binaries()
        self._folder = Path(tempfile.mkdtemp(prefix="sojourn-pg-"))
        if _AS_ROOT:
            shutil.chown(self._folder, "postgres", "postgres")
        options = ("-U", "sojourn", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        make = [self._binaries / "initdb", "-D", self._folder / "data", *options]
        subprocess.run(make, check=True, capture_output=True, cwd="/", **_AS_ROOT)
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(2)  # SIGINT: a fast shutdown
        self._process.wait(20)
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Returns when it answers."""
        settings = ("listen_addresses=127.0.0.1", f"unix_socket_directories={self._folder}", *self._settings)
        serve = [self._binaries / "postgres", "-D", self._folder / "data", "-p", str(self._port)]
        serve += [word for setting in settings for word in ("-c", setting)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(serve, stdout=log, stderr=log, cwd="/", **_AS_ROOT)
        for _ in range(400):
            assert self._process.poll() is None, "PostgreSQL ended while it started"
            try:
                psycopg.connect(f"{self.url}/postgres", connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("PostgreSQL did not answer within 20 s")

    def kill(self) -> None:
        """As `kill -9` does; its children end when they notice."""
        self._process.kill()
        self._process.wait()


def _binaries() -> Path:
    """Skips the test where PostgreSQL is not installed."""
    folders = [Path("/usr/local/bin"), *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    on_path = shutil.which("initdb")
    folders += [Path(on_path).parent] if on_path else []
    for folder in folders:
        if all((folder / name).exists() for name in ("initdb", "postgres")):
            return folder
    pytest.skip("PostgreSQL is not installed: no initdb and postgres found")

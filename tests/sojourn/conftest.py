"""A `sojourn dev` of its own, and the command line to talk to it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from workers.telemetry import free_port

CUSTOMERS = 500


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


@dataclass
class Commands:
    """`run("journey", "list")` – each a real process with its own exit code."""

    folder: Path
    process: subprocess.Popen[str]
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str | Path, **environment: str) -> Said:
        out, err = self.folder / "out.txt", self.folder / "err.txt"
        asked = {
            "arguments": [str(each) for each in arguments],
            "environment": {**self.environment, **environment},
            "out": str(out),
            "err": str(err),
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        said = Said(code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))
        assert "Traceback" not in said.err, said.err
        return said

    def works(self, *arguments: str | Path, **environment: str) -> str:
        """The output of a command that must succeed and must complain about nothing."""
        said = self.run(*arguments, **environment)
        assert (said.code, said.err) == (0, ""), said
        return said.out

    def fails(self, *arguments: str | Path, **environment: str) -> str:
        """All that a command says that must end with exit code 1."""
        said = self.run(*arguments, **environment)
        assert said.code == 1, said
        return said.out + said.err


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """The command line, with settings of nobody."""
    folder = tmp_path_factory.mktemp("commands")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOJOURN_")}
    environment |= {"COLUMNS": "300", "SOJOURN_HOME": str(folder / "home"), "SOJOURN_PORT": str(free_port())}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.sojourn.forks"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Commands(folder, process)
        assert process.stdin is not None
        process.stdin.close()


@dataclass(frozen=True)
class Demo:
    """A demo that runs beside the other tests: most of it is waiting."""

    process: subprocess.Popen[str]
    port: int


@pytest.fixture(scope="package", autouse=True)
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo | None]:
    """`sojourn demo` in an empty folder, begun before the first test here if its own test will run."""
    if not any(item.path.name == "test_demo.py" for item in request.session.items):
        yield None
        return
    port = free_port()
    settings = {"SOJOURN_HOME": str(tmp_path_factory.mktemp("demo")), "SOJOURN_PORT": str(port), "COLUMNS": "160"}
    process = subprocess.Popen(
        [sys.executable, "-m", "sojourn.cli", "demo", "--customers", "2000", "--exit"],
        env={**os.environ, **settings, "SOJOURN_DUCKDB_MEMORY": "1GB"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Demo(process, port)
        process.kill()


@dataclass(frozen=True)
class Dev:
    """A running stack and the command line that talks to it."""

    home: Path
    port: int
    pid: int
    commands: Commands

    @property
    def sandbox(self) -> str:
        """Where the sandbox is told what shall go wrong."""
        connections = yaml.safe_load((self.home / "connections.yaml").read_text(encoding="utf-8"))
        return str(connections["ads"]["settings"]["base_url"])

    @contextmanager
    def faults(self, **faults: Any) -> Iterator[None]:
        """What shall go wrong while the block runs."""
        httpx2.put(f"{self.sandbox}/faults", json=faults).raise_for_status()
        try:
            yield
        finally:
            httpx2.put(f"{self.sandbox}/faults", json={}).raise_for_status()

    def journey(self, path: str) -> dict[str, Any]:
        """What the API says about a journey."""
        answer = httpx2.get(f"http://127.0.0.1:{self.port}/api/v1/journeys/{path}", timeout=60)
        return dict(answer.raise_for_status().json())

    def document(self, journey_id: str) -> dict[str, Any]:
        """The draft, as drawn."""
        return dict(self.journey(journey_id)["document"])

    def until(self, journey_id: str, **wanted: Any) -> dict[str, Any]:
        """The report, once every value of it that is wanted is there; True stands for anything but nothing."""
        for _ in range(300):
            report = self.journey(f"{journey_id}/report")
            if all(report[key] == value or (value is True and report[key]) for key, value in wanted.items()):
                return report
            time.sleep(0.1)
        raise AssertionError(f"{wanted} did not come: {report}")


@pytest.fixture(scope="package")
def dev(tmp_path_factory: pytest.TempPathFactory, commands: Commands) -> Iterator[Dev]:
    """`sojourn dev` as a process of its own; ends in order, with exit code 0, on SIGTERM."""
    home, port = tmp_path_factory.mktemp("dev"), free_port()
    settings = {"SOJOURN_HOME": str(home), "SOJOURN_PORT": str(port), "SOJOURN_DUCKDB_MEMORY": "1GB"}
    with (home / "dev.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "sojourn.cli", "dev", "--customers", str(CUSTOMERS)],
            env={**os.environ, **settings},
            stdout=log,
            stderr=log,
        )
    try:
        until_up(process, port, home / "dev.log")
        commands.environment = settings
        yield Dev(home, port, process.pid, commands)
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(60)
    assert code == 0, (home / "dev.log").read_text(encoding="utf-8")


def until_up(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(400):
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/api/v1/health").is_success:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))

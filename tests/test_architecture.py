"""The house rules that can be read off the files."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("orchestrator", "workers", "api", "sojourn", "migrations", "benchmarks")
PYTHON = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PAGES = sorted(
    path
    for kind in ("*.ts", "*.tsx", "*.css")
    for path in (ROOT / "ui" / "src").rglob(kind)
    if path.name != "schema.d.ts"
)
WALL, FUNCTION = 400, 50


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", [*PYTHON, *TESTS, *PAGES], ids=_name)
def test_no_file_is_longer_than_the_wall(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= WALL


@pytest.mark.parametrize("path", PYTHON, ids=_name)
def test_functions_are_short_and_modules_open_with_a_sentence(path: Path) -> None:
    if "versions" in path.parts:
        return  # a migration is a list of what it does
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if tree.body:
        assert ast.get_docstring(tree), "the module says nothing about itself"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= FUNCTION, f"{node.name} has {length} lines"


def test_imports_keep_their_direction() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_statement_reads_the_lakehouses_own_clock() -> None:
    """Every statement takes its instant as a parameter, so that a replay and a simulation see what a run saw."""
    clock = re.compile(
        r"\b(now\(\)|current_timestamp|current_date|localtimestamp|getdate\(\)|today\(\))", re.IGNORECASE
    )
    for path in PYTHON:
        if path.parts[-3:-1] == ("orchestrator", "store") or "sample" in path.parts:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            code = line.split("#")[0].replace("workflow.now()", "").replace("datetime.now(", "(")
            assert not clock.search(code) or '"""' in line, f"{_name(path)}:{number}: {line.strip()}"


def test_node_types_and_channels_are_named_like_their_files() -> None:
    from orchestrator.channels.channel import Channel
    from orchestrator.journey.node import Node
    from orchestrator.plugins import discover

    for name, kind in discover(Node, ["orchestrator.journey.nodes"], "sojourn.nodes").items():  # type: ignore[type-abstract]
        assert kind.__module__.rpartition(".")[2] == name
    for name, channel in discover(Channel, ["workers.channels"], "sojourn.channels").items():  # type: ignore[type-abstract]
        assert channel.__module__.rpartition(".")[2] == name.replace(".", "_")


def test_faces_describe_every_method() -> None:
    from orchestrator.channels.channel import Channel
    from orchestrator.journey.node import Node, Visit
    from orchestrator.lakehouse.engine import Engine

    for face in (Channel, Node, Visit, Engine):
        for name, member in vars(face).items():
            if callable(member) and not name.startswith("_"):
                assert member.__doc__, f"{face.__name__}.{name} says nothing about itself"


def test_no_lock_file_names_a_registry() -> None:
    for path in (*ROOT.glob("requirements*.txt"), *ROOT.glob("ui/**/package-lock.json")):
        if "node_modules" not in path.parts:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"--(extra-)?index-url|\"resolved\": *\"http", text), _name(path)


def test_every_proof_that_the_reliability_page_names_is_there() -> None:
    named = re.findall(r"`(tests/[^`]+)`", (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8"))
    assert len(named) > 10
    assert [each for each in named if not (ROOT / each).is_file()] == []

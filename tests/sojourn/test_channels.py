"""A channel of one's own: from the scaffold and as a package, it keeps the contract and shows up with its forms."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from orchestrator.channels.channel import Channel
from orchestrator.plugins import discover
from tests.sojourn.conftest import Commands

ROOT = Path(__file__).parents[2]


def passes(folder: Path) -> None:
    """Its own tests are green, as its author would run them, with every warning an error."""
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "."]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_a_channel_from_the_scaffold_keeps_the_contract_at_once(commands: Commands, tmp_path: Path) -> None:
    said = commands.works("channel", "new", "acme_push", "--in", tmp_path)
    made = tmp_path / "sojourn-acme-push"
    assert str(made) in said.replace("\n", "")
    passes(made)
    ruff = Path(sys.executable).with_name("ruff")
    formatted = subprocess.run(
        [ruff, "format", "--check", "--config", ROOT / "pyproject.toml", made], capture_output=True, check=False
    )
    assert formatted.returncode == 0, formatted.stdout
    assert "is there already" in commands.fails("channel", "new", "acme_push", "--in", tmp_path)
    assert "no name for a module" in commands.fails("channel", "new", "Acme-Push", "--in", tmp_path)


def test_the_example_keeps_the_contract_and_is_found_once_installed(tmp_path: Path, monkeypatch) -> None:
    passes(ROOT / "examples" / "acme_sms")
    lines = (ROOT / "examples" / "acme_sms" / "acme_sms.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60, "an HTTP channel is one short file"
    shutil.copytree(ROOT / "examples" / "acme_sms", tmp_path / "acme_sms")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    built = subprocess.run(command, cwd=tmp_path / "acme_sms", capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    shutil.unpack_archive(wheel, tmp_path / "site", "zip")
    monkeypatch.syspath_prepend(tmp_path / "site")
    found = discover(Channel, ["workers.channels"], "sojourn.channels")  # type: ignore[type-abstract]
    assert found["acme_sms"].title == "Acme SMS"
    assert found["acme_sms"].Step.model_json_schema()["properties"]["text"]["x-widget"] == "liquid"

"""The compose file says what compose understands, and starts only what there is, locked down."""

import json
import re
from pathlib import Path
from typing import Any

import check_jsonschema
import pytest
import yaml
from jsonschema import Draft202012Validator

from orchestrator.settings import SETTINGS_ELSEWHERE, Settings
from sojourn.cli import app

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
OURS = {name: each for name, each in COMPOSE["services"].items() if each["image"] == "sojourn:local"}
ONCE = {name for name, each in COMPOSE["services"].items() if "restart" not in each or each["restart"] == "no"}


def test_it_is_what_compose_understands() -> None:
    vendored = Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor" / "compose-spec.json"
    Draft202012Validator(json.loads(vendored.read_text(encoding="utf-8"))).validate(COMPOSE)


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_service_is_locked_down(name: str) -> None:
    service = COMPOSE["services"][name]
    assert "no-new-privileges:true" in service["security_opt"]
    for port in service.get("ports", ()):
        assert port.startswith("127.0.0.1:")
    if name not in ONCE | {"worker", "temporal-ui"}:
        assert service["healthcheck"]["test"]
    if name in OURS:
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["user"] == "10001"


@pytest.mark.parametrize("name", OURS)
def test_our_own_are_started_with_commands_and_settings_that_there_are(name: str) -> None:
    known = {f"SOJOURN_{field.upper()}" for field in Settings.model_fields} | SETTINGS_ELSEWHERE
    service = OURS[name]
    assert set(service["environment"]) <= known
    assert not [
        variable for variable in service["environment"] if re.search("TOKEN|SECRET_KEYS|DATABASE_URL", variable)
    ]
    files = {Path(each["target"]).name for each in service["configs"]}
    assert {file.upper() for file in files} <= known
    commands = {each.name or each.callback.__name__ for each in app.registered_commands if each.callback}
    if "entrypoint" not in service:
        assert service["command"][0] in commands


def test_files_that_are_named_are_in_the_image() -> None:
    copied = set(re.findall(r"^COPY (\w+) ", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE))
    for variable in ("SOJOURN_SOURCES_FILE", "SOJOURN_CONNECTIONS_FILE"):
        inside = Path(OURS["api"]["environment"][variable]).relative_to("/app")
        assert (ROOT / inside).is_file()
        assert inside.parts[0] in copied

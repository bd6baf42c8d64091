"""Journeys to start from, as YAML files: each a drawing over the sample lakehouse, to be fitted to one's own."""

from importlib.resources import files

import yaml

from orchestrator.journey.document import Journey


def load_templates() -> dict[str, Journey]:
    """Template id → drawing, by file name."""
    found = {}
    for file in sorted(files(__package__).iterdir(), key=lambda each: each.name):
        name, _, kind = file.name.rpartition(".")
        if kind == "yaml":
            found[name] = Journey.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    return found

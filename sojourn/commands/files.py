"""Journeys and rules as YAML files: read with the line of what is wrong, written so that people like to read them."""

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml

from orchestrator.errors import UserError


class _Loader(yaml.SafeLoader):
    """YAML as people mean it: `yes` and `no` are words (ports are called so), days are text, no key is there twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys: set[str] = set()
        for key, _ in node.value:
            if key.value in keys:
                raise yaml.MarkedYAMLError(problem=f"{key.value!r} is there twice", problem_mark=key.start_mark)
            keys.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag != "tag:yaml.org,2002:timestamp" and not (tag == "tag:yaml.org,2002:bool" and first in "yYnNoO")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Dumper(yaml.SafeDumper):
    """Texts of several lines keep their lines."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def read(path: Path, what: str) -> dict[str, Any]:
    """The mapping in a YAML file. Raises UserError that names file, line and column."""
    try:
        found = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 – a SafeLoader
    except FileNotFoundError as missing:
        raise UserError("there is no such file", place=str(path), fix="check its name") from missing
    except OSError as away:
        raise UserError(f"it cannot be read: {away.strerror}", place=str(path), fix="check its rights") from away
    except UnicodeDecodeError as binary:
        raise UserError("this is not text in UTF-8", place=str(path), fix="save it as UTF-8") from binary
    except yaml.YAMLError as broken:
        raise UserError(f"this is not YAML: {_cause(broken)}", place=_place(path, broken), fix=_fix(broken)) from broken
    if not isinstance(found, dict):
        raise UserError(f"this is not {what}", place=str(path), fix=f"see examples/ for {what}")
    return found


def write(document: Mapping[str, Any]) -> str:
    """A journey document as YAML; what is empty is left out."""
    kept = {
        **{key: value for key, value in document.items() if value not in ("", {}, [])},
        "nodes": [{key: value for key, value in node.items() if value not in ("", {})} for node in document["nodes"]],
    }
    return yaml.dump(kept, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _place(path: Path, broken: yaml.YAMLError) -> str:
    mark = getattr(broken, "problem_mark", None)
    return f"{path}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)


def _cause(broken: yaml.YAMLError) -> str:
    context, problem = getattr(broken, "context", None), getattr(broken, "problem", None)
    return " ".join(part for part in (context, problem) if part) or "it holds characters that YAML does not allow"


def _fix(broken: yaml.YAMLError) -> str:
    problem = getattr(broken, "problem", None) or ""
    if "mapping values are not allowed" in problem:
        return "quote a text that has a colon, and check the indentation"
    if "cannot start any token" in problem:
        return "indent with spaces, and quote a text that begins with @, ` or %"
    return "mend that line; every list item begins with - and aligns with its siblings"

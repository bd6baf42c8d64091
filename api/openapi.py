"""The OpenAPI document: `python -m api.openapi` prints it without a server, for the pages' types."""

import json
import sys
from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

_REF = "#/components/schemas/"


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The document, made once.

    What we answer always has all its fields; what is sent may leave out those with a default. A schema used for
    both is told apart: `X` is the answer, `XInput` what is sent.
    """
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            routes=app.routes,
            separate_input_output_schemas=False,
        )
        schemas = document["components"]["schemas"]
        for operation in _operations(document):
            for status in ("4XX", "5XX"):
                # FastAPI gives errors the media type of the answer, which a stream's errors do not have.
                content = operation["responses"][status]["content"]
                operation["responses"][status]["content"] = {"application/json": next(iter(content.values()))}
        answered, sent = _reached(document, schemas)
        both = answered & sent
        for name in sorted(both):
            schemas[f"{name}Input"] = _renamed(deepcopy(schemas[name]), both)
        for name in sorted(sent - both):
            schemas[name] = _renamed(schemas[name], both)
        for operation in _operations(document):
            if "requestBody" in operation:
                operation["requestBody"] = _renamed(operation["requestBody"], both)
        for name in answered:
            if "properties" in schemas[name]:
                schemas[name]["required"] = list(schemas[name]["properties"])
        app.openapi_schema = document
    return app.openapi_schema


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]


def _reached(document: dict[str, Any], schemas: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Names of the schemas in answers, and of those in what is sent."""
    answered: set[str] = set()
    sent: set[str] = set()
    for operation in _operations(document):
        _collect(operation.get("responses"), schemas, answered)
        _collect(operation.get("requestBody"), schemas, sent)
    return answered, sent


def _collect(part: Any, schemas: dict[str, Any], found: set[str]) -> None:
    if isinstance(part, dict):
        name = str(part.get("$ref", "")).removeprefix(_REF)
        if name in schemas and name not in found:
            found.add(name)
            _collect(schemas[name], schemas, found)
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _collect(each, schemas, found)


def _renamed(part: Any, names: set[str]) -> Any:
    """The part with every reference to one of the names led to its `Input`."""
    if isinstance(part, list):
        return [_renamed(each, names) for each in part]
    if not isinstance(part, dict):
        if isinstance(part, str) and part.startswith(_REF) and part.removeprefix(_REF) in names:
            return f"{part}Input"
        return part
    return {key: _renamed(value, names) for key, value in part.items()}


if __name__ == "__main__":
    from api.main import bare_app  # it needs this module

    json.dump(bare_app().openapi(), sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
    sys.stdout.write("\n")

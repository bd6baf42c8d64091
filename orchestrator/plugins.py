"""A folder is a registry: every module in it that defines a concrete subclass of a face is a plug-in."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterable
from importlib.metadata import entry_points
from types import ModuleType
from typing import ClassVar, Protocol, TypeVar

from orchestrator.errors import UserError


class Named(Protocol):
    """What every face has: the name under which documents refer to it."""

    name: ClassVar[str]


T = TypeVar("T", bound=Named)


def discover(face: type[T], packages: Iterable[str], group: str) -> dict[str, type[T]]:
    """Finds every concrete subclass of `face` in `packages` and in the entry-point `group`, by its name.

    Raises UserError when a package is missing or two classes claim one name.
    """
    found: dict[str, type[T]] = {}
    for package in packages:
        for module in _modules(package):
            for thing in vars(module).values():
                if _is_plugin(thing, face) and thing.__module__ == module.__name__:
                    _add(found, thing)
    for entry in entry_points(group=group):
        _add(found, entry.load())
    return found


def _modules(package: str) -> list[ModuleType]:
    try:
        root = importlib.import_module(package)
    except ModuleNotFoundError as missing:
        raise UserError(
            f"there is no package {package!r}", place="settings", fix="name an installed package"
        ) from missing
    return [importlib.import_module(f"{package}.{info.name}") for info in pkgutil.iter_modules(root.__path__)]


def _is_plugin(thing: object, face: type) -> bool:
    return inspect.isclass(thing) and issubclass(thing, face) and not inspect.isabstract(thing)


def _add(found: dict[str, type[T]], cls: type[T]) -> None:
    if cls.name in found:
        raise UserError(f"{cls.name!r} is declared by both {found[cls.name]} and {cls}", fix="rename one of them")
    found[cls.name] = cls

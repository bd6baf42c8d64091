"""Every text of the product that reaches people through the API, read off its source, its schemas and its templates."""

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from api.language import TAGS, WRITTEN
from orchestrator.errors import SojournError

ROOT = Path(__file__).parent.parent.parent
HOLE = "\N{REPLACEMENT CHARACTER}"
"""Stands where a value is filled in."""

SAID_BY = {"text", "fix", "label", "title", "hint", "schedule", "problem"}
"""Keyword arguments and class attributes whose values are read by people."""
SAID_FUNCTIONS = {"summary", "suggest"}
"""Functions whose results are read by people."""
NOT_SAID = {"Field", "FastAPI", "Query", "Path", "Header", "statement", "expression"}
"""Calls whose texts are read by programmers and machines; forms are read off their schemas."""
SQL = re.compile(r"\b(SELECT|INSERT INTO)\b")
_MOST = 24
"""Ways to say one expression that are followed."""


class Texts(ast.NodeVisitor):
    """The texts of one module: literals and f-strings, also those that come by a variable or a function next to it."""

    def __init__(self, tree: ast.Module) -> None:
        self.errors = {each.__name__ for each in _kinds(SojournError)}
        self.functions = {
            each.name: each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        self.scopes: list[ast.AST] = [tree]
        self.found: set[str] = set()
        self.visit(tree)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.scopes.append(node)
        said = list(_returned(node)) if node.name in SAID_FUNCTIONS or _is_check(node) else []
        given = [*zip(node.args.args[::-1], node.args.defaults[::-1], strict=False)]
        given += zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        said += [each for argument, each in given if each is not None and argument.arg in SAID_BY]
        self.found.update(text for each in said for text in self.ways(each))
        self.generic_visit(node)
        self.scopes.pop()

    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for each in node.body:
            if not isinstance(each, ast.AnnAssign) or not isinstance(each.target, ast.Name) or each.value is None:
                continue
            if each.target.id in SAID_BY and "ClassVar" in ast.unparse(each.annotation):
                self.found.update(self.ways(each.value))
        self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in SAID_BY:
                self.found.update(self.ways(value))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        said = [each.value for each in node.keywords if each.arg in SAID_BY and name not in NOT_SAID]
        if name in self.errors and node.args:
            said.append(node.args[0])
        if name == "PydanticCustomError":
            said.append(node.args[1])
        if name == "HTTPException":
            said += node.args[1:]
        if name == "answer":
            said += node.args[3:]
        if name == "NodeFace":
            said += [each.value for each in node.keywords if each.arg == "summary"]
        if name not in NOT_SAID:
            said += [each for argument, each in self._given(name, node) if argument in SAID_BY]
        for each in said:
            self.found.update(self.ways(each))
        self.generic_visit(node)

    def _given(self, name: str, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
        """The arguments given by place to a function of this module, by name."""
        called = self.functions.get(name)
        if called is not None:
            arguments = [each.arg for each in called.args.args if each.arg != "self"]
            yield from zip(arguments, call.args, strict=False)

    def ways(self, node: ast.AST, deep: int = 0) -> list[str]:
        """Everything an expression may say; a value that is filled in is a hole."""
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else []
        if isinstance(node, ast.JoinedStr):
            parts = [self._part(each, deep) for each in node.values]
            return ["".join(each) for each in list(product(*parts))[:_MOST]]
        if isinstance(node, ast.IfExp):
            return [*self.ways(node.body, deep), *self.ways(node.orelse, deep)]
        if isinstance(node, ast.BoolOp):
            return [text for each in node.values for text in self.ways(each, deep)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.ways(node.left, deep) or [HOLE], self.ways(node.right, deep) or [HOLE]
            return ["".join(each) for each in product(left, right)]
        if isinstance(node, ast.Dict):
            return [text for each in node.values for text in self.ways(each, deep)]
        if deep > 3:
            return []
        if isinstance(node, ast.Name):
            return [text for each in self._values(node.id) for text in self.ways(each, deep + 1)]
        if isinstance(node, ast.Call):
            return self._called(node, deep)
        if isinstance(node, ast.Subscript):
            return self.ways(node.value, deep + 1)
        return []

    def _called(self, node: ast.Call, deep: int) -> list[str]:
        if isinstance(node.func, ast.Attribute):
            if node.func.attr == "get":
                return [text for each in (node.func.value, *node.args[1:]) for text in self.ways(each, deep + 1)]
            if node.func.attr in ("rstrip", "strip", "format"):
                return self.ways(node.func.value, deep + 1)
        name = getattr(node.func, "id", None)
        called = self.functions.get(name) if name else None
        if called is None:
            return []
        self.scopes.append(called)
        said = [text for each in _returned(called) for text in self.ways(each, deep + 1)]
        self.scopes.pop()
        return said

    def _part(self, part: ast.expr, deep: int) -> list[str]:
        if isinstance(part, ast.Constant):
            return [str(part.value)]
        assert isinstance(part, ast.FormattedValue)
        choice = part.value
        if isinstance(choice, ast.IfExp) and part.conversion == -1:
            return self.ways(choice, deep) or [HOLE]
        if isinstance(choice, ast.Name) and part.conversion == -1 and part.format_spec is None:
            values = list(self._values(choice.id))
            if values and all(isinstance(each, ast.IfExp | ast.Constant) for each in values):
                return self.ways(choice, deep) or [HOLE]
        return [HOLE]

    def _values(self, name: str) -> Iterator[ast.expr]:
        """What is assigned to a name, in the innermost scope that does."""
        for scope in reversed(self.scopes):
            found = list(_assigned(scope, name))
            if found:
                yield from found
                return


def _kinds(error: type) -> Iterator[type]:
    yield error
    for each in error.__subclasses__():
        yield from _kinds(each)


def _is_check(function: ast.FunctionDef) -> bool:
    """A channel's: it says what the provider answered."""
    return function.name == "check" and function.returns is not None and ast.unparse(function.returns) == "str"


def _returned(function: ast.AST) -> Iterator[ast.expr]:
    for each in ast.walk(function):
        if isinstance(each, ast.Return | ast.Yield) and each.value is not None:
            yield each.value


def _assigned(scope: ast.AST, name: str) -> Iterator[ast.expr]:
    for each in ast.walk(scope):
        if isinstance(each, ast.Assign):
            for target in each.targets:
                yield from _bound(target, each.value, name)
        elif isinstance(each, ast.AnnAssign) and each.value is not None:
            yield from _bound(each.target, each.value, name)
        elif isinstance(each, ast.For) and isinstance(each.iter, ast.Tuple):
            for value in each.iter.elts:
                yield from _bound(each.target, value, name)


def _bound(target: ast.expr, value: ast.expr, name: str) -> Iterator[ast.expr]:
    if isinstance(target, ast.Name) and target.id == name:
        yield value
    elif isinstance(target, ast.Tuple):
        values = value.elts if isinstance(value, ast.Tuple) else []
        for each, part in zip(target.elts, values, strict=False):
            yield from _bound(each, part, name)


def of_source(path: Path) -> set[str]:
    """The texts a source file says to people; `HOLE` where a value is filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {re.sub(r"\{\w+\}", HOLE, text) for text in Texts(tree).found}
    return {text for text in found if re.search(r"[^\W\d_]", text) and not SQL.search(text)}


def of_schema(schema: Any, *, choices: bool = True) -> Iterator[str]:
    """Titles, descriptions and the words of choices of a JSON Schema; rules have words of their own for theirs."""
    if isinstance(schema, list):
        for each in schema:
            yield from of_schema(each, choices=choices)
    elif isinstance(schema, dict):
        for name in ("title", "description"):
            if isinstance(schema.get(name), str):
                yield schema[name]
        for value in schema.get("enum", ()) if choices else ():
            yield str(value).replace("_", " ").capitalize()
        for name, each in schema.items():
            yield from of_schema(each, choices=choices and name != "$defs")


def of_template(document: Any, name: str = "") -> Iterator[str]:
    """What people read of a journey to start from; of HTML, what stands between its tags."""
    if isinstance(document, dict):
        for field, value in document.items():
            yield from of_template(value, field)
    elif isinstance(document, list):
        for each in document:
            yield from of_template(each)
    elif isinstance(document, str) and name in WRITTEN:
        pieces = TAGS.split(document) if name == "html" else [document]
        said = (" ".join(piece.split()) for piece in pieces if not TAGS.fullmatch(piece))
        yield from (piece for piece in said if re.search(r"\w", re.sub(r"\{%.*?%\}", "", piece)))

"""Liquid templates: compiled once, rendered per recipient, and none can run away."""

import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import wraps
from io import StringIO
from typing import Any

from liquid import BoundTemplate, Environment, Undefined
from liquid.builtin.content import ContentNode
from liquid.exceptions import LiquidError, OutputStreamLimitError, ResourceLimitError, StopRender
from liquid.static_analysis import TemplateAnalysis, Variable

from orchestrator.errors import UserError

LOOPS = 10_000
OUTPUT = 200_000
NAMESPACE = 200_000
DEPTH = 30

# Filters that walk their input to the end, however long a range it is.
_WHOLE_LIST = (
    "compact", "concat", "find", "find_index", "has", "join", "map", "reject", "reverse", "sort",
    "sort_natural", "sum", "uniq", "where",
)  # fmt: skip
_FORBIDDEN_TAGS = ("include", "render")
_FORBIDDEN_FILTERS = ("safe",)


class RenderFailed(UserError):
    """A template does not fit one recipient's values, or ran into a limit; never says which values."""

    code = "render_failed"


class Template:
    """A compiled template. `columns` are the names it needs, dotted where it looks inside one."""

    def __init__(self, bound: BoundTemplate, columns: frozenset[str]) -> None:
        self._bound = bound
        self.columns = columns
        # Text without Liquid is the same for everybody.
        self._fixed = self._write({}) if all(isinstance(node, ContentNode) for node in bound.nodes) else None

    def render(self, values: Mapping[str, Any]) -> str:
        """The text for these values; a missing or NULL value is empty.

        A dotted column is taken from the key of that name, or from mappings inside `values`.
        Raises RenderFailed.
        """
        return self.fill(known_values(values, self.columns))

    def fill(self, known: dict[str, Any]) -> str:
        """As `render`, for what `known_values` made; several templates may share it."""
        if self._fixed is not None:
            return self._fixed
        try:
            return self._write(known)
        except ResourceLimitError as error:
            raise RenderFailed(
                "the template runs too long or writes too much", place=_place(error), fix="make it shorter"
            ) from None
        except LiquidError as error:
            raise RenderFailed(
                "a value does not fit where the template uses it",
                place=_place(error),
                fix="give it a default",
            ) from None
        except Exception:  # a filter fed with the wrong kind of value raises whatever Python does
            raise RenderFailed("a value does not fit where the template uses it", fix="give it a default") from None

    def _write(self, known: dict[str, Any]) -> str:
        """What BoundTemplate.render does, without the scopes of included templates, which there are none of."""
        context = self._bound.context_class(self._bound, globals=known)
        output = _Output()
        try:
            for node in self._bound.nodes:
                node.render(context, output)
        except StopRender:
            pass
        return "".join(output.parts)


class _Output(StringIO):
    """Collects text, and refuses more than a message may hold; StringIO is what Liquid's nodes expect to write to."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.size = 0

    def write(self, text: str) -> int:
        self.size += len(text)
        if self.size > OUTPUT:
            raise OutputStreamLimitError("output stream limit reached", token=None)
        self.parts.append(text)
        return len(text)


def known_values(values: Mapping[str, Any], columns: Iterable[str]) -> dict[str, Any]:
    """The values that are there, with dotted columns nested as templates look them up."""
    known = {name: value for name, value in values.items() if value is not None}
    for column in columns:
        if column in known and "." in column:
            _nest(known, column.split("."), known.pop(column))
    return known


def compile_template(source: str, *, html: bool) -> Template:
    """Compiles Liquid; with `html` every value is escaped.

    Raises UserError with the line and column of a mistake.
    """
    if len(source) > OUTPUT:
        raise UserError(f"the template is longer than {OUTPUT:,} characters", place="template", fix="make it shorter")
    environment = _HTML if html else _PLAIN
    try:
        bound = environment.from_string(source)
        analysis = bound.analyze()
    except LiquidError as error:
        raise UserError(str(error.message), place=_place(error), fix="correct the template") from None
    _check_filters(environment, analysis, source)
    paths = (path for uses in analysis.globals.values() for path in uses)
    return Template(bound, frozenset(_column(path) for path in paths))


class _Limited(Environment):
    loop_iteration_limit = LOOPS
    output_stream_limit = OUTPUT
    local_namespace_limit = NAMESPACE
    context_depth_limit = DEPTH

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for name in _FORBIDDEN_TAGS:
            del self.tags[name]
        for name in _FORBIDDEN_FILTERS:
            del self.filters[name]
        self.filters["json"] = _json
        for name in _WHOLE_LIST:
            self.filters[name] = _bounded(self.filters[name], _list_cost)
        self.filters["join"] = _bounded(self.filters["join"], _join_cost)
        self.filters["replace"] = _bounded(self.filters["replace"], _replace_cost)


def _json(value: Any) -> str:
    """The value as JSON, null when it is missing; a decimal number stays exact."""
    if isinstance(value, Undefined):
        return "null"
    return str(value) if isinstance(value, Decimal) and value.is_finite() else json.dumps(value, default=str)


def _bounded(filter_: Callable[..., Any], cost: Callable[..., bool]) -> Callable[..., Any]:
    """The filter, refused when it would make far more than a message holds before another limit looks."""

    @wraps(filter_)  # keeps the marks by which Liquid passes the environment
    def bounded(left: Any, *args: Any, **kwargs: Any) -> Any:
        if cost(left, *args):
            raise ResourceLimitError("too much to hold", token=None)
        return filter_(left, *args, **kwargs)

    return bounded


def _list_cost(left: Any, *_: Any) -> bool:
    return isinstance(left, range) and len(left) > LOOPS


def _join_cost(left: Any, separator: Any = " ", *_: Any) -> bool:
    return isinstance(left, list | tuple) and len(left) * len(str(separator)) > OUTPUT


def _replace_cost(left: Any, old: Any = "", new: Any = "", *_: Any) -> bool:
    return str(left).count(str(old)) * len(str(new)) > OUTPUT


_PLAIN = _Limited(autoescape=False)
_HTML = _Limited(autoescape=True)


def _check_filters(environment: Environment, analysis: TemplateAnalysis, source: str) -> None:
    for name, spans in analysis.filters.items():
        if name not in environment.filters:
            line, column = spans[0].line_col(source)
            raise UserError(
                f"there is no filter {name!r}",
                place=f"line {line}, column {column + 1}",
                fix="use a Liquid filter",
            )


def _column(variable: Variable) -> str:
    """The leading names of a path: `a.b[0].c` needs `a.b`, and `.size` asks about what stands before it."""
    names: list[str] = []
    for segment in variable.segments:
        if not isinstance(segment, str):
            break
        names.append(segment)
    if len(names) > 1 and names[-1] == "size":
        names.pop()
    return ".".join(names)


def _nest(known: dict[str, Any], path: list[str], value: Any) -> None:
    inside = known
    for name in path[:-1]:
        inner = inside.get(name)
        inside[name] = inside = dict(inner) if isinstance(inner, Mapping) else {}
    inside[path[-1]] = value


def _place(error: LiquidError) -> str:
    try:
        context = error.context()
    except ValueError:  # the mistake is that the template ends
        return "end of the template"
    if context is None:
        return "template"
    return f"line {context[0]}, column {context[1] + 1}"

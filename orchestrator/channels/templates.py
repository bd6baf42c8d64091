"""The Liquid fields of a channel's step, compiled once."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from orchestrator.channels.render.liquid import Template, compile_template, known_values
from orchestrator.errors import UserError

_HTML = {"liquid": False, "liquid-html": True}


def templates(step: BaseModel) -> dict[str, Template]:
    """Field name → template. Raises UserError, with the field as its place, for one that does not parse."""
    found: dict[str, Template] = {}
    for name, field in type(step).model_fields.items():
        extra = field.json_schema_extra
        widget = extra.get("x-widget") if isinstance(extra, dict) else None
        source = getattr(step, name)
        if widget in _HTML and isinstance(source, str):
            try:
                found[name] = compile_template(source, html=_HTML[str(widget)])
            except UserError as broken:
                text = f"{broken.place}: {broken.text}" if broken.place else broken.text
                raise UserError(text, place=name, fix=broken.fix) from broken
    return found


class Rendering:
    """A step ready to be rendered for many recipients."""

    def __init__(self, step: BaseModel) -> None:
        self.templates = templates(step)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The attributes that the templates use, sorted: all that needs to be read of a member."""
        return tuple(sorted(set().union(*(each.columns for each in self.templates.values()))))

    def render(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Every field rendered with a member's values by attribute path."""
        known = known_values(values, self.columns)
        return {name: template.fill(known) for name, template in self.templates.items()}

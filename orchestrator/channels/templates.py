"""The Liquid fields of a channel's step, compiled once."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from orchestrator.channels.links import ONE_CLICK, PLACEHOLDERS, RETURN_TOKEN, Purpose, StepLinks, Variable
from orchestrator.channels.render.liquid import Template, compile_template, known_values
from orchestrator.errors import UserError

_HTML = {"liquid": False, "liquid-html": True}
LINKS = frozenset(map(str, Variable))
"""What templates may use that is no attribute of a customer; a column of that name is not read."""


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

    def __init__(self, step: BaseModel, links: StepLinks | None = None, unsubscribe: bool = False) -> None:
        """`links` makes the links of each message; with `unsubscribe` the channel gets one for its header."""
        self.templates = templates(step)
        self._made, self._unsubscribe = links, unsubscribe

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset().union(*(each.columns for each in self.templates.values()))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The attributes that the templates use, sorted: all that needs to be read of a member."""
        return tuple(sorted(self._names - LINKS))

    @cached_property
    def links(self) -> frozenset[str]:
        """The links of ours that the templates use."""
        return self._names & LINKS

    def render(self, values: Mapping[str, Any], links: Mapping[str, str] = PLACEHOLDERS) -> dict[str, str]:
        """Every field rendered with a member's values by attribute path, and the message's links."""
        known = known_values(values, self.columns)
        if self.links:
            known |= links
        return {name: template.fill(known) for name, template in self.templates.items()}

    def render_for(self, delivery_key: str, values: Mapping[str, Any]) -> dict[str, str]:
        """As `render`, with the links of this delivery, and what the channel needs of them."""
        if self._made is None:
            return self.render(values)
        links = self._made.values(delivery_key, track=not self.links.isdisjoint((Variable.CLICK, Variable.OPEN)))
        fields = self.render(values, links)
        if self._made.returns:
            fields[RETURN_TOKEN] = self._made.token(delivery_key, Purpose.BOUNCE)
        if self._unsubscribe:
            fields[ONE_CLICK] = links[Variable.UNSUBSCRIBE]
        return fields

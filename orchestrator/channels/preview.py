"""A message as one customer would get it: rendered, never sent."""

from typing import Any

from pydantic import BaseModel
from sqlglot import exp

from orchestrator.channels.templates import Rendering
from orchestrator.errors import NotFound
from orchestrator.lakehouse import sql
from orchestrator.lakehouse.attributes import attribute_rows
from orchestrator.lakehouse.engine import Engine
from orchestrator.lakehouse.model import Lakehouse


class MessagePreview(BaseModel):
    """The fields of a step as rendered for one member, and the attributes they use that this member lacks."""

    member_id: str
    fields: dict[str, str]
    empty: list[str]


async def preview_message(
    engine: Engine, lakehouse: Lakehouse, step: BaseModel, member_id: str | None, seed: str
) -> MessagePreview:
    """Renders a channel's step for a member, or for some member chosen by `seed`.

    Raises NotFound when there is no such member, UserError for a template that does not parse or render, Invalid
    for one that uses what customers do not have.
    """
    rendering = Rendering(step)
    rows, columns = attribute_rows(lakehouse, rendering.columns)
    binder = sql.Binder()
    key = exp.cast(sql.column(lakehouse.customers.key, "c"), "text")
    query = rows.select(key, *columns).where(exp.not_(key.copy().is_(exp.null()))).limit(1)
    if member_id is None:
        query = query.order_by(sql.digest([key.copy(), binder(seed)]))
    else:
        query = query.where(key.copy().eq(binder(member_id)))
    found = await engine.rows(sql.render(query, engine.dialect, binder))
    if not found:
        raise NotFound("there is no such customer", place="member_id", fix="choose another one")
    key_found, *values = found[0]
    attributes: dict[str, Any] = dict(zip(rendering.columns, values, strict=True))
    return MessagePreview(
        member_id=key_found,
        fields=rendering.render(attributes),
        empty=[path for path, value in attributes.items() if value is None],
    )

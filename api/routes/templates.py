"""Journeys to start from."""

from functools import cache

from fastapi import APIRouter
from pydantic import BaseModel

from api.deps import Here
from orchestrator.journey.check import faces
from orchestrator.journey.document import Journey
from orchestrator.journey.node import NodeFace
from orchestrator.journey.templates import load_templates

router = APIRouter(prefix="/templates", tags=["templates"])


class Template(BaseModel):
    """A journey to start from, with the faces of its steps."""

    id: str
    name: str
    description: str
    document: Journey
    faces: dict[str, NodeFace]


class TemplateList(BaseModel):
    """All templates."""

    items: list[Template]


@cache
def _templates() -> dict[str, Journey]:
    return load_templates()


@router.get("")
async def templates(here: Here) -> TemplateList:
    """The journeys to start from."""
    return TemplateList(
        items=[
            Template(
                id=template_id,
                name=document.name,
                description=document.description,
                document=document,
                faces=faces(document, here.catalog.nodes),
            )
            for template_id, document in _templates().items()
        ]
    )

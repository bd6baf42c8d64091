"""The API: builds the app of its parts, and serves it on this machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from api.deps import Parts
from api.errors import ERRORS, install
from api.guard import Guard, refuse_open_address
from api.language import Language
from api.measured import Measured
from api.openapi import openapi_of
from api.pages import serve_pages
from api.routes import (
    audiences,
    audits,
    catalogue,
    connections,
    customers,
    entries,
    erasures,
    health,
    journeys,
    messages,
    metrics,
    people,
    reports,
    runs,
    settings,
    simulations,
    sizes,
    sources,
    suppressions,
    templates,
    versions,
)

PREFIX = "/api/v1"


def create_app(parts: Parts) -> FastAPI:
    """The app with its parts and pages; whoever opened the parts closes them."""
    app = bare_app()
    app.state.parts = parts
    serve_pages(app, parts.ui_dist)
    return app


def bare_app() -> FastAPI:
    """Routes and errors alone: enough for the OpenAPI document."""
    app = FastAPI(
        title="Sojourn",
        version="1",
        docs_url=None,  # both load their scripts from elsewhere, which our own rules for pages refuse
        redoc_url=None,
        redirect_slashes=False,
        openapi_url=f"{PREFIX}/openapi.json",
        generate_unique_id_function=_operation_id,
        separate_input_output_schemas=False,
        lifespan=_lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # it would tell paths and queries
    )
    app.add_middleware(Guard)
    app.add_middleware(Language)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    app.add_middleware(Measured, prefix=PREFIX)
    install(app)
    for each in (
        health,
        catalogue,
        connections,
        sources,
        settings,
        templates,
        journeys,
        versions,
        runs,
        entries,
        simulations,
        reports,
        audits,
        people,
        suppressions,
        erasures,
        audiences,
        sizes,
        messages,
    ):
        app.include_router(each.router, prefix=PREFIX, responses=ERRORS)
    app.include_router(metrics.router)
    app.include_router(customers.router)
    app.include_router(_unknown)
    app.openapi = lambda: openapi_of(app)  # type: ignore[method-assign] # FastAPI's documented way
    return app


def server(parts: Parts, host: str, port: int, *, log_level: str = "info") -> uvicorn.Server:
    """A server to be awaited with `serve()`. Raises UserError for an address that others can reach."""
    refuse_open_address(host)
    config = uvicorn.Config(
        create_app(parts),
        host=host,
        port=port,
        log_config=None,  # the main has set up logging
        log_level=log_level.lower(),
        access_log=False,  # it would write paths and queries
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    return _Server(config, parts)


class _Server(uvicorn.Server):
    """Ends the streams first: they would hold the server open as long as somebody watches."""

    def __init__(self, config: uvicorn.Config, parts: Parts) -> None:
        super().__init__(config)
        self._parts = parts

    async def shutdown(self, sockets: Any = None) -> None:
        await self._parts.feeds.close()
        await super().shutdown(sockets)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    parts: Parts = app.state.parts
    parts.arrivals.start()
    yield
    await parts.feeds.close()
    await parts.arrivals.close()


def _operation_id(route: APIRoute) -> str:
    return route.name


_unknown = APIRouter()
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


@_unknown.api_route("/api", methods=_METHODS, include_in_schema=False)
@_unknown.api_route("/api/{path:path}", methods=_METHODS, include_in_schema=False)
async def unknown_path() -> None:
    """An unknown path of the API is an error of the API, never a page."""
    raise HTTPException(404)

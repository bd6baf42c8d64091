"""The pages: what was built of `ui/`, or a page that says how to build it."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sojourn</title>
<body style="font: 1rem/1.5 system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>Sojourn is running</h1>
<p>Its API answers at <a href="/api/v1/health">/api/v1</a>. Its pages are not built yet:</p>
<pre>cd ui
npm ci
npm run build</pre>
<p>Then start Sojourn again.</p>
</body></html>
"""


def serve_pages(app: FastAPI, ui_dist: Path | None) -> None:
    """Serves the built pages at `/`, any unknown path as their first page; they find their own way from there."""
    if ui_dist is not None and (ui_dist / "index.html").is_file():
        app.frontend("/", directory=ui_dist, fallback="index.html", check_dir=True)
        return

    @app.get("/", include_in_schema=False)
    async def not_built() -> HTMLResponse:
        return HTMLResponse(_NOT_BUILT)

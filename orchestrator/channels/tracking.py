"""Links in a message's HTML template: tagged for web analytics, and led through our own address so that clicks count.

Done once, when a journey is published. Where a link leads stays in the plan; the message has its number only, so a
link of ours can lead nowhere but where the author's own did.
"""

import re
from collections.abc import Mapping
from html import escape, unescape
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote_plus, urlsplit, urlunsplit

from pydantic import BaseModel, Field

from orchestrator.channels.links import Variable
from orchestrator.channels.render.html_text import text_from_html

ClickTracking = Annotated[
    bool,
    Field(title="Count clicks", description="Links lead through Sojourn; those with Liquid in them stay as they are"),
]
OpenTracking = Annotated[
    bool,
    Field(
        title="Count opens",
        description="By a hidden picture. Unreliable: many mail programs load it by themselves, others never do",
    ),
]
UtmSource = Annotated[
    str,
    Field(
        title="UTM source",
        max_length=100,
        description="Adds it, with medium, campaign (the journey) and content (the step), to links to web pages; "
        "empty: nothing is added",
    ),
]

_LINK = re.compile(r"""(<(?:a|area)\b(?:[^>"']|"[^"]*"|'[^']*')*?\shref\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)
_BODY_END = re.compile(r"</body\s*>", re.IGNORECASE)
_LIQUID = re.compile(r"\{[{%]")
_RAW = re.compile(r"\{%-?\s*raw\b")


def tracked(step: BaseModel, campaign: str, content: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The step as it is sent, and where its numbered links lead; `campaign` and `content` are for web analytics."""
    sent = step.model_dump(mode="json")
    html = sent.get("html")
    if not isinstance(html, str) or _RAW.search(html):  # there, what is put in would be shown as it is
        return sent, ()
    derived = sent.get("text") == text_from_html(html)
    if source := sent.get("utm_source"):
        tags = {"utm_source": source, "utm_medium": "email", "utm_campaign": campaign, "utm_content": content}
        html = _with_links(html, lambda url: tagged(url, tags))
        if derived:
            sent["text"] = text_from_html(html)
    targets: list[str] = []
    if sent.get("track_clicks"):
        html = _with_links(html, lambda url: _numbered(url, targets))
    if sent.get("track_opens"):
        html = _with_picture(html)
    sent["html"] = html
    return sent, tuple(targets)


def tagged(url: str, tags: Mapping[str, str]) -> str:
    """The address with these parameters; those it has already stay as its author wrote them."""
    parts = urlsplit(url)
    there = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    added = [f"{name}={quote_plus(value)}" for name, value in tags.items() if name not in there]
    return urlunsplit(parts._replace(query="&".join([*([parts.query] if parts.query else []), *added])))


def _numbered(url: str, targets: list[str]) -> str:
    if url not in targets:
        targets.append(url)
    return f"{{{{ {Variable.CLICK} }}}}{targets.index(url)}"


def _with_links(html: str, change: Any) -> str:
    """Changes every address of a web page that has no Liquid in it."""

    def changed(found: re.Match[str]) -> str:
        written = found[2][1:-1]
        url = unescape(written).strip()
        if _LIQUID.search(written) or not _is_page(url):
            return found[0]
        new = change(url)
        return f'{found[1]}"{new if _LIQUID.search(new) else escape(new)}"'

    return _LINK.sub(changed, html)


def _is_page(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _with_picture(html: str) -> str:
    picture = f'<img src="{{{{ {Variable.OPEN} }}}}" width="1" height="1" alt="" style="display:block;border:0">'
    ends = list(_BODY_END.finditer(html))
    at = ends[-1].start() if ends else len(html)
    return html[:at] + picture + html[at:]

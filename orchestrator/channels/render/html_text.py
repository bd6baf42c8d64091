"""Makes the plain-text template out of the HTML template, with its Liquid left as it is."""

import re
from html import escape
from html.parser import HTMLParser

_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_STAND_IN = re.compile("\ue000(\\d+)\ue001")
_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "center", "div", "dl", "dt", "dd", "figure", "footer",
     "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "ol", "p", "pre",
     "section", "table", "tr", "ul")
)  # fmt: skip
_BODY_TAG = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_SILENT = frozenset(("head", "script", "style", "title", "template"))


def text_from_html(html: str) -> str:
    """A plain-text Liquid template that says what the HTML one says, with addresses after their links.

    Liquid inside a tag is dropped with the tag, except in `href`; conditions and assignments in the head are
    kept, since the body may need them.
    """
    liquid: list[str] = []

    def hide(match: re.Match[str]) -> str:
        if match.group() not in liquid:
            liquid.append(match.group())
        return _mark(liquid.index(match.group()))

    reader = _Reader(liquid)
    reader.feed(_LIQUID.sub(hide, html))
    reader.close()
    text = _STAND_IN.sub(lambda match: liquid[int(match.group(1))], _tidy("".join(reader.out)))
    return text.strip()


def _mark(number: int) -> str:
    return f"\ue000{number}\ue001"


class _Reader(HTMLParser):
    def __init__(self, liquid: list[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._liquid = liquid
        self._silent = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self.out.append("\n")
        elif tag == "li":
            self.out.append("\n- ")
        elif tag in ("td", "th"):
            self.out.append(" ")
        elif tag == "img":
            self.out.append(dict(attrs).get("alt") or "")
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.out)))
        elif tag in _BLOCKS:
            self.out.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "a" and self._links:
            href, start = self._links.pop()
            words = "".join(self.out[start:]).strip()
            if href and not href.startswith("#") and words not in (href, href.removeprefix("mailto:")):
                self.out.append(f" ({href})" if words else href)
        elif tag in _BLOCKS:
            self.out.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            # Braces that were written as entities must not become Liquid once they are plain text.
            self.out.append(re.sub(r"\{(?=[{%])", "{ ", re.sub(r"\s+", " ", data)))
            return
        for match in _STAND_IN.finditer(data):
            source = self._liquid[int(match.group(1))]
            if source.startswith("{%"):  # with its blank lines trimmed, as nothing of the head is shown
                self._liquid.append("{%-" + source[2:-2].strip("-") + "-%}")
                self.out.append(_mark(len(self._liquid) - 1))


def _tidy(text: str) -> str:
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", text)
    text = re.sub(r"[ \t]{2,}", " ", text)
    return re.sub(r"\n{3,}", "\n\n", text)


def with_preheader(html: str, preheader: str) -> str:
    """The preview text, hidden, as the first thing in the body."""
    if not preheader.strip():
        return html
    hidden = f'<div style="display:none;max-height:0;overflow:hidden">{escape(preheader.strip())}</div>'
    body = _BODY_TAG.search(html)
    start = body.end() if body else 0
    return html[:start] + hidden + html[start:]

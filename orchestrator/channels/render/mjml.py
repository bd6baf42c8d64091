"""MJML into HTML, its Liquid left as it is: nothing is fetched or included, and a mistake is told with its line."""

import re
from zlib import crc32

import mrml
from pydantic_core import PydanticCustomError

from orchestrator.channels.render.liquid import compile_template
from orchestrator.errors import UserError
from orchestrator.lakehouse.model import suggest

MOST_PARTS, MOST_TAGS, DEEPEST = 1_000, 5_000, 40
"""Of MJML's own tags, of all tags, and of tags inside each other: the compiler's stack ends somewhere above."""

_HIDDEN = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|[^\x00-\x7f]+", re.DOTALL)
_VALUE = r"\"[^\"<]*\"|'[^'<]*'"
_TAG = re.compile(
    rf"<!--.*?-->|<(?P<end>/?)(?P<name>[A-Za-z][\w:.-]*)(?:\s+[\w:.@-]+(?:\s*=\s*(?:{_VALUE}))?)*\s*(?P<alone>/?)>|<",
    re.DOTALL,
)
_MARKUP = re.compile(r"<[A-Za-z!/]")
_AT = re.compile(r"at position (\d+):(\d+)")
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)
_PARTS = frozenset(
    ("mjml", "mj-accordion", "mj-accordion-element", "mj-accordion-text", "mj-accordion-title", "mj-all",
     "mj-attributes", "mj-body", "mj-breakpoint", "mj-button", "mj-carousel", "mj-carousel-image", "mj-class",
     "mj-column", "mj-divider", "mj-font", "mj-group", "mj-head", "mj-hero", "mj-image", "mj-navbar",
     "mj-navbar-link", "mj-preview", "mj-raw", "mj-section", "mj-social", "mj-social-element", "mj-spacer",
     "mj-style", "mj-table", "mj-text", "mj-title", "mj-wrapper")
)  # fmt: skip
_OPTIONS = mrml.RenderOptions(fonts={})  # else the reader's mail program asks another company for them


def is_mjml(source: str) -> bool:
    """Whether a message is written in MJML."""
    return source.lstrip().startswith("<mjml")


def compiled(source: str) -> str:
    """The HTML template of a form's field: MJML compiled, plain text in paragraphs, HTML as it is.

    Raises pydantic's kind of error.
    """
    if not is_mjml(source):
        return source if _MARKUP.search(source) else _paragraphs(source)
    try:
        compile_template(source, html=True)  # while its lines are still those that were written
        return html_from_mjml(source)
    except UserError as wrong:
        fix = f"; {wrong.fix}" if wrong.fix else ""
        raise PydanticCustomError(
            "mjml", "{place}: {text}{fix}", {"place": wrong.place, "text": wrong.text, "fix": fix}
        ) from None


def html_from_mjml(source: str) -> str:
    """The HTML template. Raises UserError with the line of the first mistake."""
    return _Mjml(source).html()


def _paragraphs(text: str) -> str:
    """What was written without any tag: a blank line begins a paragraph, a line break stays one."""
    parts = [part.strip() for part in re.split(r"\n\s*\n", text.strip())]
    return "\n".join(f"<p>{part.replace(chr(10), '<br>' + chr(10))}</p>" for part in parts if part)


class _Mjml:
    """One source, with a word in place of all Liquid, which is not for an XML parser, and of all that is not ASCII.

    The compiler counts bytes, and breaks where a letter has several.
    """

    def __init__(self, source: str) -> None:
        self.taken: list[str] = []
        self.word = f"lq{crc32(source.encode('utf-8', 'replace')):08x}z"  # nothing that stands in it by itself
        self.stand_in = re.compile(rf"{self.word}(\d+)x")
        self.hidden = _HIDDEN.sub(self._hide, source.strip())
        self.lead = source[: len(source) - len(source.lstrip())].count("\n")

    def html(self) -> str:
        self._check()
        try:
            html = mrml.to_html(self.hidden, None, _OPTIONS).content
        except OSError as refused:
            raise self._explained(str(refused)) from None
        except BaseException as broken:
            if type(broken).__name__ != "PanicException":  # what the compiler's language has for a defect
                raise
            raise self._explained("") from None
        kept = set(self.stand_in.findall(html))
        for found in self.stand_in.finditer(self.hidden, max(self.hidden.find("<mj-body"), 0)):
            text = self.taken[int(found[1])]
            if text.startswith("{") and found[1] not in kept:
                raise self._wrong(found.start(), f"{_short(text)} would be lost here", "put it into the text of a part")
        return self._restored(html)

    def _hide(self, found: re.Match[str]) -> str:
        self.taken.append(found.group())
        return f"{self.word}{len(self.taken) - 1}x"

    def _restored(self, text: str) -> str:
        return self.stand_in.sub(lambda found: self.taken[int(found[1])], text)

    def _wrong(self, at: int, text: str, fix: str) -> UserError:
        line = self.lead + self._restored(self.hidden[:at]).count("\n") + 1
        return UserError(text, place=f"line {line}", fix=fix)

    def _check(self) -> None:
        """Every tag is one, known if it is MJML's, and closed; raises UserError with the first that is not."""
        opened: list[tuple[str, int]] = []
        tags = parts = 0
        for found in _TAG.finditer(self.hidden):
            at, name = found.start(), found["name"]
            if found.group() == "<":
                fix = "write &lt; for a sign, and quotes around every value of a tag"
                raise self._wrong(at, "this is no tag", fix)
            if name is None:
                continue
            if not opened and tags:
                raise self._wrong(at, "something stands after </mjml>", "remove it")
            if found["end"]:
                self._close(opened, name, at)
                continue
            tags, parts = tags + 1, parts + name.startswith("mj")
            self._known(name, at)
            if not found["alone"] and name.lower() not in _VOID:
                opened.append((name, at))
            if tags > MOST_TAGS or parts > MOST_PARTS or len(opened) > DEEPEST:
                raise self._wrong(at, "the message has too many tags, or too many inside each other", "make it simpler")
        if opened:
            raise self._unclosed(*opened[-1])

    def _known(self, name: str, at: int) -> None:
        if name.lower() == "mj-include":
            raise self._wrong(at, "<mj-include> is not allowed: nothing is read from elsewhere", "paste what it names")
        if name.lower().startswith("mj") and name not in _PARTS:
            raise self._wrong(at, f"MJML has no <{name}>", suggest(name.lower(), _PARTS))

    def _close(self, opened: list[tuple[str, int]], name: str, at: int) -> None:
        if name.lower() in _VOID:
            return
        if not opened or all(name.lower() != each.lower() for each, _ in opened):
            raise self._wrong(at, f"</{name}> closes nothing", "remove it, or open it before")
        last, began = opened.pop()
        if last.lower() != name.lower():
            raise self._unclosed(last, began)

    def _unclosed(self, name: str, at: int) -> UserError:
        return self._wrong(at, f"<{name}> is never closed", f"write </{name}> where it ends")

    def _explained(self, refused: str) -> UserError:
        """The compiler's own words, which name no line, in ours."""
        fix = "look at what MJML allows there"
        place = _AT.search(refused)
        if place is None:
            return UserError("this is not MJML that can be read", place="line 1", fix=fix)
        start, end = int(place[1]), int(place[2])
        return self._wrong(start, f"{_short(self._restored(self.hidden[start:end]))} cannot stand here", fix)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 40 else f"{plain[:39]}…"

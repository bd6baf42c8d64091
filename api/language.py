"""The language of answers: what the API says to people is looked up, at its edge, in the catalogue of their language.

The domain speaks English. A catalogue (`orchestrator/locale/<language>.yaml`) has each English text with its
translation: a `{value}` that was filled in is carried over, a `{part*}` is itself looked up, and a `{number#}`, or
a time of day, is written as the language writes it. A text without a translation, such as a plug-in's, stays as it is.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestrator.journey.problem import PART

LOCALE = files("orchestrator") / "locale"
HOLE = re.compile(r"\{([a-z_]+)([*#]?)\}")
_NUMBER = r"\d[\d.,:]*"
_DAY = re.compile(r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b")
_KEPT_TEXTS = 4096

SENTENCES = {"text", "fix", "summary", "description", "trouble", "problem", "schedule"}
NAMES = {"title", "hint", "label", "port_label"}
"""Fields of answers that people read; a name is ours only as a whole, it may also be somebody's own."""
OWN = {"document", "data", "settings", "fields", "condition", "values", "sample", "breakdown"}
"""Fields that hold what somebody else wrote."""
WRITTEN = {"name", "description", "label", "subject", "preheader", "html"}
"""What people read of a journey to start from; of all others it is their authors'."""
TAGS = re.compile(r"(<[^>]+>)")


@dataclass(frozen=True)
class _Pattern:
    """A text with holes: what matches it in English, the kind of each hole, and its translation."""

    english: re.Pattern[str]
    holes: dict[str, str]
    said: str

    @classmethod
    def of(cls, text: str, said: str) -> "_Pattern":
        found, at = "", 0
        for hole in HOLE.finditer(text):
            inside = _NUMBER if hole[2] == "#" else ".+?"
            found += f"{re.escape(text[at : hole.start()])}(?P<{hole[1]}>{inside})"
            at = hole.end()
        english = re.compile(found + re.escape(text[at:]), re.DOTALL)
        return cls(english, {hole[1]: hole[2] for hole in HOLE.finditer(text)}, said)


class Catalogue:
    """The words of one language."""

    def __init__(self, texts: Mapping[str, str], decimal: str, group: str, day: str) -> None:
        self._plain = {text: said for text, said in texts.items() if not HOLE.search(text)}
        # The one that says most by itself first: it is the least likely to match by chance.
        with_holes = sorted((text for text in texts if HOLE.search(text)), key=lambda text: -len(HOLE.sub("", text)))
        self._patterns = [_Pattern.of(text, texts[text]) for text in with_holes]
        self._signs, self._day = str.maketrans({".": decimal, ",": group}), day
        self.find: Callable[[str], str | None] = lru_cache(_KEPT_TEXTS)(self._find)

    def exactly(self, text: str) -> str:
        """A name or another text without values in this language, or as it is."""
        return self._plain.get(text, text)

    def say(self, text: str) -> str:
        """The text in this language, or as it is."""
        found = self.find(text)
        return text if found is None else found

    def _find(self, text: str) -> str | None:
        if text in self._plain:
            return self._plain[text]
        for pattern in self._patterns:
            match = pattern.english.fullmatch(text)
            if match is not None:
                values = {name: self._filled(kind, match[name]) for name, kind in pattern.holes.items()}
                return HOLE.sub(lambda hole: values[hole[1]], pattern.said)  # noqa: B023 – used at once
        if text[:1].isupper():
            small = self.find(text[0].lower() + text[1:])
            return small and small[0].upper() + small[1:]
        return None

    def _filled(self, kind: str, value: str) -> str:
        if kind == "#":
            return value.translate(self._signs)
        if kind != "*":
            return value
        found = self.find(value)
        if found is not None:
            return found
        if PART in value:  # a field, and the place in it
            return PART.join(map(self.exactly, value.split(PART)))
        # Several things in a row, or a date among them.
        return ", ".join(_DAY.sub(self._day, self.exactly(each)) for each in value.split(", "))


@cache
def languages() -> tuple[str, ...]:
    """Those there are catalogues of."""
    return tuple(sorted(file.name.removesuffix(".yaml") for file in LOCALE.iterdir() if file.name.endswith(".yaml")))


@cache
def catalogue(language: str, *, templates: bool = False) -> Catalogue:
    """The words of a language that `languages` names; those of the journeys to start from only when asked for."""
    read = yaml.safe_load((LOCALE / f"{language}.yaml").read_text(encoding="utf-8"))
    return Catalogue((read["templates"] if templates else {}) | read["parts"] | read["texts"], **read["numbers"])


def language_of(header: str) -> str | None:
    """The language asked for most that there is a catalogue of; None: English, or none of them."""
    wishes = []
    for wish in header.split(","):
        tag, _, weight = wish.partition(";")
        try:
            wishes.append((float(weight.strip().removeprefix("q=") or 1), tag.strip().lower().partition("-")[0]))
        except ValueError:
            continue
    for much, wanted in sorted(wishes, key=lambda each: -each[0]):
        if not much or wanted == "en":
            break
        for language in languages():
            if wanted == language.lower().partition("-")[0]:
                return language
    return None


def told(answer: Any, words: Catalogue) -> Any:
    """An answer with everything in it that people read in their language."""
    if isinstance(answer, list):
        return [told(each, words) for each in answer]
    if not isinstance(answer, dict):
        return answer
    found = {
        name: value if name in OWN and not _is_form(value) else _told_field(name, value, words)
        for name, value in answer.items()
    }
    # A step that nobody named is called like its kind.
    name = answer.get("name")
    if isinstance(name, str) and ("node_id" in answer or name == answer.get("title")):
        found["name"] = words.exactly(name)
    # The values of a choice stay; their words come beside them.
    choices = {value: value.replace("_", " ").capitalize() for value in _choices(answer)}
    known = {value: words.exactly(said) for value, said in choices.items() if words.exactly(said) != said}
    return found | {"x-words": known} if known else found


def _is_form(value: Any) -> bool:
    """A JSON Schema: ours, whatever field it is in."""
    return isinstance(value, dict) and value.get("type") == "object" and "properties" in value


def _told_field(name: str, value: Any, words: Catalogue) -> Any:
    if not isinstance(value, str):
        return told(value, words)
    if name in NAMES:
        return words.exactly(value)
    return words.say(value) if name in SENTENCES else value


def told_templates(answer: Any, words: Catalogue, field: str = "") -> Any:
    """Journeys to start from, with what is written in them."""
    if isinstance(answer, list):
        return [told_templates(each, words) for each in answer]
    if isinstance(answer, dict):
        return {name: told_templates(value, words, name) for name, value in answer.items()}
    if not isinstance(answer, str) or field not in SENTENCES | NAMES | WRITTEN:
        return answer
    return "".join(_piece(each, words) for each in TAGS.split(answer)) if field == "html" else words.say(answer)


def _piece(piece: str, words: Catalogue) -> str:
    """What stands between two tags, its white space kept."""
    inside = " ".join(piece.split())
    said = words.exactly(inside)
    if said == inside:
        return piece
    return piece[: len(piece) - len(piece.lstrip())] + said + piece[len(piece.rstrip()) :]


def _choices(schema: Mapping[str, Any]) -> list[str]:
    choices = schema.get("enum")
    return [each for each in choices if isinstance(each, str)] if isinstance(choices, list) else []


class Language:
    """ASGI middleware: JSON of the API leaves in the language of Accept-Language.

    An ETag stays as it is: it names the revision that a save replaces, and nothing of the API is kept in caches.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self.app(scope, receive, send)
            return
        language = language_of(Headers(scope=scope).get("accept-language", ""))
        await self.app(scope, receive, _Said(scope["path"], language, send))


class _Said:
    """Holds a JSON answer back until it is whole, and says it in the language; all others pass."""

    def __init__(self, path: str, language: str | None, send: Send) -> None:
        self._path, self._language, self._send = path, language, send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """One part of the answer."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.add_vary_header("Accept-Language")
            if self._language and headers.get("content-type", "").startswith("application/json"):
                self._start = message
                return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body"):
            body = self._in_language() if self._body and not self._path.endswith("/openapi.json") else self._body
            headers = MutableHeaders(scope=self._start)
            if body:
                headers["content-length"] = str(len(body))
                headers["content-language"] = str(self._language)
            await self._send(self._start)
            await self._send({"type": "http.response.body", "body": body})

    def _in_language(self) -> bytes:
        answer, language = json.loads(self._body), str(self._language)
        if self._path.endswith("/templates"):
            said = told_templates(answer, catalogue(language, templates=True))
        else:
            said = told(answer, catalogue(language))
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()

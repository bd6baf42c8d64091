"""What the pages say, and the words they have for it in each language."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml
from playwright.async_api import Page

from api.language import HOLE, LOCALE
from sojourn.dev import UI_DIST

AREAS = ("app", "audience", "form", "journey/editor")

SAID = """() => {
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const said = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement, data } = walker.currentNode;
    if (data.trim() && !parentElement.closest('script, style') && shown(parentElement)) said.push(data.trim());
  }
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]'))
    for (const name of ['aria-label', 'title', 'placeholder'])
      if (shown(element) && element.getAttribute(name)) said.push(element.getAttribute(name));
  return [...said, document.title];
}"""
"""Everything the page says to eyes and ears."""

WORDS = """async (files) => {
  const found = new Set();
  const said = (words, count) => {
    try {
      return words(...Array(9).fill(count));
    } catch {
      return null; // made of something else than counts and names
    }
  };
  const collect = (value) => {
    if (typeof value === 'string') found.add(value);
    else if (typeof value === 'function') for (const count of [1, 2]) collect(said(value, count));
    else if (value && typeof value === 'object') Object.values(value).forEach(collect);
  };
  for (const file of files) collect(Object.values(await import(`/${file}`)));
  return [...found];
}"""
"""Every word of these modules; those that are made of counts for one and for two."""


async def words_in(page: Page, language: str, areas: Sequence[str] = AREAS) -> set[str]:
    manifest = json.loads((UI_DIST / ".vite" / "manifest.json").read_text(encoding="utf-8"))
    files = [manifest[f"src/{area}/words.{language}.ts"]["file"] for area in areas]
    return set(await page.evaluate(WORDS, files))


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        yield from (part.strip() for part in re.split("<[^>]*>", value))  # an editor shows a message's text by itself
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts_in(each)


def server_texts() -> set[str]:
    """What the server says in English, and says otherwise in Portuguese."""
    texts: dict[str, str] = yaml.safe_load((LOCALE / "pt-BR.yaml").read_text(encoding="utf-8"))["texts"]
    return {text for text, said in texts.items() if text != said and not HOLE.search(text)}

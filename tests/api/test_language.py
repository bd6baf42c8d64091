"""Answers in the reader's language: everything people read has its words, and nothing else is touched."""

from collections.abc import Iterator

import pytest
import yaml

from api.errors import RevisionNeeded
from api.language import HOLE as NAMED_HOLE
from api.language import LOCALE, catalogue, language_of, languages
from orchestrator.channels.channel import Channel
from orchestrator.execution.invariants import INVARIANTS
from orchestrator.journey.node import Node
from orchestrator.journey.settings import JourneySettings
from orchestrator.journey.templates import load_templates
from orchestrator.plugins import discover
from orchestrator.settings import Settings
from tests.api.texts import HOLE, ROOT, of_schema, of_source, of_template

assert RevisionNeeded  # the errors of the API are kinds of errors, too


def _said() -> Iterator[str]:
    for room in ("orchestrator", "api", "workers"):
        for path in (ROOT / room).rglob("*.py"):
            if not path.stem.endswith("_workflow"):  # what those say is for Temporal's own pages
                yield from of_source(path)
    for node in discover(Node, ["orchestrator.journey.nodes"], "sojourn.nodes").values():  # type: ignore[type-abstract]
        yield from of_schema(node.model_json_schema())
    for channel in discover(Channel, ["workers.channels"], "sojourn.channels").values():  # type: ignore[type-abstract]
        yield from of_schema([channel.Connection.model_json_schema(), channel.Step.model_json_schema()])
    yield from of_schema(JourneySettings.model_json_schema())
    for template in load_templates().values():
        yield from of_template(template.model_dump(mode="json"))
    for _, text, _ in INVARIANTS:
        yield text
    for field in Settings.model_fields.values():
        yield field.description or field.title or ""


def _parts(language: str) -> dict[str, dict[str, str]]:
    read: dict[str, dict[str, str]] = yaml.safe_load((LOCALE / f"{language}.yaml").read_text(encoding="utf-8"))
    return read


def _bare(text: str) -> str:
    return NAMED_HOLE.sub(HOLE, text)


@pytest.mark.parametrize("language", languages())
def test_everything_that_people_read_has_its_words(language: str) -> None:
    said = set(_said())
    read = _parts(language)
    known = {_bare(text) for text in [*read["texts"], *read["parts"], *read["templates"]]}
    assert sorted(said - known) == []
    assert sorted({_bare(text) for text in [*read["texts"], *read["templates"]]} - said) == [], (
        "nobody says this any more"
    )


@pytest.mark.parametrize("language", languages())
def test_a_translation_has_the_holes_of_its_text_and_is_found_by_it(language: str) -> None:
    read = _parts(language)
    words = catalogue(language)
    for text, translation in (read["texts"] | read["parts"]).items():
        holes = {hole[1]: hole[2] for hole in NAMED_HOLE.finditer(text)}
        assert {hole[1] for hole in NAMED_HOLE.finditer(translation)} <= holes.keys(), text
        assert words.say(_filled(text, holes)) == _filled(translation, holes), text


def _filled(text: str, holes: dict[str, str]) -> str:
    return NAMED_HOLE.sub(lambda hole: "7" if holes[hole[1]] == "#" else f"‹{hole[1]}›", text)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", None),
        ("en", None),
        ("pt-BR", "pt-BR"),
        ("pt-PT,pt;q=0.9", "pt-BR"),
        ("pt;q=0.8, en-GB;q=0.9", None),
        ("tlh, pt;q=0.5", "pt-BR"),
        ("pt;q=0", None),
        ("pt;q=much, *", None),
    ],
)
def test_the_language_asked_for_most_is_spoken(header: str, language: str | None) -> None:
    assert language_of(header) == language


PT = {"Accept-Language": "pt-BR"}
DRAFT = {
    "name": "Wait",
    "nodes": [
        {"id": "in", "type": "entry", "data": {"rule": {"kind": "all", "of": []}, "schedule": {"kind": "once"}}},
        {"id": "rest", "type": "wait", "name": "Message", "data": {"duration": "PT36H"}},
        {"id": "dice", "type": "random_split", "data": {"arms": []}},
        {"id": "odd", "type": "astrology", "data": {}},
    ],
    "edges": [{"id": "e1", "source": "in", "source_port": "next", "target": "rest"}],
}


async def test_what_the_product_says_is_translated_and_what_people_wrote_is_not(http) -> None:
    made = (await http.post("/api/v1/journeys", json={"id": "own_words", "document": DRAFT}, headers=PT)).json()
    english = (await http.get("/api/v1/journeys/own_words")).json()
    assert made["document"] == english["document"]
    assert made["name"] == "Wait"
    assert made["faces"]["in"]["title"] == made["faces"]["in"]["name"] == "Público"
    assert made["faces"]["rest"]["name"] == "Message"
    assert made["faces"]["rest"]["summary"] == "Espera 1 dia e 12 horas"
    checked = (await http.post("/api/v1/journeys/check", json={"document": DRAFT}, headers=PT)).json()
    told = {problem["code"]: (problem["text"], problem["fix"]) for problem in checked["problems"]}
    assert told["unknown_type"][0] == "não há etapa do tipo 'astrology'"
    assert told["too_short"][0] == "Variantes: precisa de pelo menos 2 itens, e tem 0"
    assert told["unreachable"][1] == "desenhe uma linha até ela, ou remova-a"


async def test_forms_are_in_the_language_and_choices_have_their_words(http) -> None:
    found = (await http.get("/api/v1/catalogue", headers=PT)).json()
    assert {each["title"] for each in found["nodes"]} >= {"Espera", "Mensagem", "Divisão por regra"}
    assert found["settings"]["properties"]["goal"]["title"] == "Meta"
    step = next(each for each in found["channels"] if each["name"] == "audience.meta")["step_schema"]
    assert step["properties"]["action"]["title"] == "Ação"
    assert step["properties"]["action"]["enum"] == ["add", "remove"]
    assert step["properties"]["action"]["x-words"] == {"add": "Adicionar", "remove": "Remover"}
    templates = (await http.get("/api/v1/templates", headers=PT)).json()["items"]
    assert {each["name"] for each in templates} >= {"Boas-vindas", "Carrinho abandonado"}
    mails = [
        node["data"]["step"] for each in templates for node in each["document"]["nodes"] if node["type"] == "message"
    ]
    assert any("Quero o kit</a>" in mail["html"] for mail in mails)
    assert not any("Dear" in mail["html"] for mail in mails)


async def test_errors_say_it_too_and_answers_name_what_they_depend_on(http) -> None:
    refused = await http.get("/api/v1/journeys/nowhere", headers=PT)
    assert refused.json()["error"]["text"] == "não há jornada 'nowhere'"
    assert refused.headers["content-language"] == "pt-BR"
    assert (await http.get("/api/v1/no_such_path", headers=PT)).json()["error"]["text"] == "não há nada aqui"
    await http.post("/api/v1/journeys", json={"id": "tagged", "document": DRAFT})
    first = await http.get("/api/v1/journeys/tagged", headers=PT)
    second = await http.get("/api/v1/journeys/tagged")
    assert "Accept-Language" in first.headers["vary"]
    assert "Accept-Language" in second.headers["vary"]
    saved = {**PT, "If-Match": first.headers["etag"]}
    done = await http.put("/api/v1/journeys/tagged", json={"document": DRAFT | {"name": "Changed"}}, headers=saved)
    assert done.is_success, done.text
    assert done.json()["faces"]["rest"]["summary"] == "Espera 1 dia e 12 horas"
    plain = await http.get("/api/v1/openapi.json", headers=PT)
    assert plain.content == (await http.get("/api/v1/openapi.json")).content


def test_values_are_written_as_the_language_writes_them_and_unknown_texts_stay() -> None:
    words = catalogue("pt-BR")
    assert words.say("Sends a postcard by pigeon") == "Sends a postcard by pigeon"
    assert words.say("Wait until Mon, Fri, 09:00–20:00") == "Espera até seg., sex., 09:00–20:00"
    assert words.say("Comes in on Mon, Wed, 09:00") == "Entra em seg., qua., 09:00"
    assert words.say("Wait until 2026-12-24, 09:00") == "Espera até 24/12/2026, 09:00"
    assert words.say("nothing answered within 1,234.5 s") == "nada respondeu em 1.234,5 s"
    assert (
        words.say("Arms › 1 › Weight: Input should be greater than 0.5")
        == "Variantes › 1 › Peso: deve ser maior que 0,5"
    )

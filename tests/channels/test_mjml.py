"""MJML becomes HTML with its Liquid untouched; a mistake has its line, and no source can bring the process down."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from orchestrator.channels.render.mjml import DEEPEST, html_from_mjml
from orchestrator.channels.templates import Rendering
from orchestrator.errors import UserError
from workers.channels.email_smtp import EmailSmtp

MESSAGE = """
<mjml>
  <mj-head>
    <mj-title>Bread</mj-title>
    <mj-attributes><mj-all font-family="Open Sans" color="{{ colour }}" /></mj-attributes>
  </mj-head>
  <mj-body>
    {% if points < 5 and city == "Malmö" %}
    <mj-section><mj-column><mj-text>Only {{ points }}<br>Café &amp; bread</mj-text></mj-column></mj-section>
    {% endif %}
    <mj-section background-color="{{ colour }}">
      <mj-column>
        <mj-text>Dear {{ first_name | default: "you" }},{% for n in (1..2) %} {{ n }}{% endfor %}</mj-text>
        <mj-button href="https://shop.test/{{ first_name | default: 'you' }}?a=1&b=2">Go</mj-button>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""


def in_body(part: str) -> str:
    return f"<mjml>\n<mj-body>\n<mj-section><mj-column>\n{part}\n</mj-column></mj-section></mj-body></mjml>"


def test_a_message_in_mjml_is_rendered_for_each_recipient_in_html_and_text() -> None:
    step = EmailSmtp.Step(subject="Bread", html=MESSAGE)
    assert step.html.startswith("<!doctype html>")
    assert "fonts.googleapis" not in step.html
    rendering = Rendering(step)
    assert rendering.columns == ("city", "colour", "first_name", "points")
    one = rendering.render({"points": 3, "city": "Malmö", "first_name": "Zoë <b>", "colour": "#fff"})
    assert "Only 3<br" in one["html"]
    assert "Dear Zoë &lt;b&gt;, 1 2" in one["html"]
    assert "background-color:#fff" in one["html"]
    assert 'href="https://shop.test/Zoë &lt;b&gt;?a=1&b=2"' in one["html"]
    assert [line.strip() for line in one["text"].splitlines() if line.strip()] == [
        "Only 3", "Café & bread", "Dear Zoë <b>, 1 2", "Go (https://shop.test/Zoë <b>?a=1&b=2)"
    ]  # fmt: skip
    other = rendering.render({"points": 7})
    assert "Only" not in other["html"] + other["text"]
    assert "Dear you, 1 2" in other["html"]
    assert EmailSmtp.Step.model_validate(step.model_dump()).html == step.html, "what is compiled is compiled"


@pytest.mark.parametrize(
    ("source", "place", "text"),
    [
        (in_body("<mj-text>Hi"), "line 4", "<mj-text> is never closed"),
        (in_body("<mj-text>Hi</p></mj-text>"), "line 4", "</p> closes nothing"),
        (in_body("<mj-txt>Hi</mj-txt>"), "line 4", "MJML has no <mj-txt>"),
        (in_body("{{ a\n}}<mj-text>5 < 6</mj-text>"), "line 5", "this is no tag"),
        (in_body("<mj-text color=red>x</mj-text>"), "line 4", "this is no tag"),
        (in_body('<mj-include path="/etc/passwd" type="html" />'), "line 4", "<mj-include> is not allowed"),
        (in_body("{% if a %}\n<mj-social>{{ b }}</mj-social>{% endif %}"), "line 5", "{{ b }} cannot stand here"),
        (in_body('<mj-image src="a" width="{{ w }}" />'), "line 4", "{{ w }} would be lost here"),
        (in_body("<mj-text {% if a %}>x</mj-text>{% endif %}"), "line 4", "{% if a %} would be lost here"),
        ("\n\n<mjml><mj-body></mj-body></mjml>\n<p>x</p>", "line 4", "something stands after </mjml>"),
        ("<mjml>text</mjml>", "line 1", "text cannot stand here"),
        ("<mjml><mj-body>", "line 1", "<mj-body> is never closed"),
        (in_body("<mj-text>" + "<b>" * (DEEPEST + 1)), "line 4", "too many tags"),
        (in_body("<mj-text>x</mj-text>\n" * 1_000), "line 1000", "too many tags"),
    ],
)
def test_a_mistake_is_told_with_its_line(source: str, place: str, text: str) -> None:
    with pytest.raises(UserError) as wrong:
        html_from_mjml(source)
    assert wrong.value.place == place
    assert text in wrong.value.text
    assert wrong.value.fix


def test_a_mistake_is_at_the_field_that_has_it_and_liquid_keeps_its_lines() -> None:
    for source, why in (
        (in_body("<mj-text>Hi"), "line 4: <mj-text> is never closed; write </mj-text> where it ends"),
        (in_body("<mj-text>{{ a | nope }}</mj-text>"), "line 4, column 17: there is no filter 'nope'"),
    ):
        with pytest.raises(ValidationError) as wrong:
            EmailSmtp.Step(subject="s", html=source)
        [error] = wrong.value.errors()
        assert (error["loc"], error["type"]) == (("html",), "mjml")
        assert error["msg"].startswith(why)


PIECES = st.sampled_from(
    ["<mj-section>", "</mj-section>", "<mj-column>", "</mj-column>", "<mj-text>", "</mj-text>", "<b>", "</b>", "<br>",
     "<!-- ", " -->", "{% if a %}", "{{ b }}", "{%", "<", ">", '"', "é", "\ue000", "<mj-raw>", "</mj-raw>", "]]>",
     '<mj-image width="', "<mj-section/>", "<![CDATA[", "&", "&lt;", "\n", "</mjml>", "<mj-head>", "\0",
     "\ud800", "<style>", "</style>", "<p é>"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(PIECES, max_size=20))
def test_anything_is_html_or_a_mistake_with_a_line(pieces: list[str]) -> None:
    source = f"<mjml><mj-body>{''.join(pieces)}</mj-body></mjml>"
    told = ""
    try:
        html = html_from_mjml(source)
    except UserError as wrong:
        told, html = wrong.place, source
    assert told.startswith("line ") or html.count("{% if a %}") >= source.count("{% if a %}")


def test_a_message_written_without_any_tag_becomes_paragraphs() -> None:
    step = EmailSmtp.Step(
        subject="Bread", html="Hello {{ first_name }},\nbread is here.\n\n{% if points < 5 %}Few{% endif %}\n"
    )
    assert step.html == "<p>Hello {{ first_name }},<br>\nbread is here.</p>\n<p>{% if points < 5 %}Few{% endif %}</p>"
    assert step.text.startswith("Hello {{ first_name }},")
    assert EmailSmtp.Step(subject="Bread", html="Hello<br>you").html == "Hello<br>you"
    with pytest.raises(ValidationError):
        EmailSmtp.Step(subject="Bread", html="")

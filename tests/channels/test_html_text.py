"""The plain-text template made from the HTML one says the same, and its Liquid still works."""

import re

import pytest

from orchestrator.channels.render.html_text import text_from_html
from orchestrator.channels.render.liquid import compile_template

LETTER = """<!doctype html><html><head><title>Hi {{ first_name }}</title>
<style>p { color: red }</style>{% assign greeting = "Dear" %}</head>
<body class="{% if vip %}gold{% endif %}"><h1>{{ greeting }} {{ first_name | default: 'friend' }},</h1>
<p>bread is <b>on offer</b>&nbsp;&amp; fresh.<br>Come in!</p>
{% if p < 3 and p > 1 %}<ul><li>Rye</li><li>Spelt</li></ul>{% endif %}
<table><tr><td>Price</td><td>{{ price }}</td></tr></table>
<p><a href="https://shop.example/{{ id }}?a=1&amp;b=2">Shop <i>now</i></a> <a href="#top">up</a>
<a href="mailto:care@shop.example">care@shop.example</a> <img src="x.png" alt="A loaf"></p>
<script>alert("{{ x }}")</script></body></html>"""


def test_the_letter_reads_well():
    text = compile_template(text_from_html(LETTER), html=False).render(
        {"first_name": "Zoë & Co", "price": "3.20", "id": 7, "p": 2}
    )
    assert re.sub(r"\n{3,}", "\n\n", text) == (
        "Dear Zoë & Co,\n\nbread is on offer & fresh.\nCome in!\n\n- Rye\n- Spelt\n\nPrice 3.20\n\n"
        "Shop now (https://shop.example/7?a=1&b=2) up care@shop.example A loaf"
    )


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain {{ a }} only", "plain {{ a }} only"),
        ("<a href='{{ link }}'>{{ link }}</a>", "{{ link }}"),
        ("<a href='{{ link }}'><img src=x></a>", "{{ link }}"),
        ("{% comment %} <b>no</b> {% endcomment %}<p>yes", "{% comment %} no {% endcomment %}\n\nyes"),
        ("&#123;&#123; a }}", "{ { a }}"),
        ("<p>unclosed <b>a < b", "unclosed a < b"),
        ("", ""),
    ],
)
def test_odd_documents(html, text):
    assert text_from_html(html) == text


def test_what_it_makes_compiles():
    compile_template(text_from_html(LETTER * 3), html=False)

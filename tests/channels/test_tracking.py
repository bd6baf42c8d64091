"""Links are numbered once, at publish; each message gets its own with one signature, and text keeps the addresses."""

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.channels.links import Links, Purpose
from orchestrator.channels.templates import Rendering
from orchestrator.channels.tracking import tagged, tracked
from workers.channels.email_smtp import EmailSmtp

KEY = "00112233445566778899aabbccddeeff"
HTML = """<body><a title="a > b" href='https://a.example/x?q=1&amp;utm_source=mine#f'>One</a>
<A HREF="https://b.example">Two</A> <a href="https://b.example">Two again</a>
<a href="https://c.example/{{ first_name }}">Liquid</a> <a href="mailto:x@y.example">Mail</a> <a href="#top">Top</a>
<a href="{{ unsubscribe_url }}">Out</a> <a href="javascript:alert(1)">Bad</a></body>"""


def test_links_of_a_message_lead_through_us_to_where_they_led() -> None:
    step = EmailSmtp.Step(subject="Bread", html=HTML, track_opens=True, utm_source="shop")
    sent, targets = tracked(step, "summer", "offer")
    tags = "utm_medium=email&utm_campaign=summer&utm_content=offer"
    assert targets == (
        f"https://a.example/x?q=1&utm_source=mine&{tags}#f",
        f"https://b.example?utm_source=shop&{tags}",
    )
    links = Links(lambda: [b"k"], "https://shop.example")
    rendering = Rendering(EmailSmtp.Step(**sent), links.of_step("summer", 3, 2), unsubscribe=True)
    assert rendering.columns == ("first_name",)
    made = rendering.render_for(KEY, {"first_name": "Zoë"})
    click = links.of_step("summer", 3, 2).token(KEY, Purpose.TRACK)
    assert [made["html"].count(f'"https://shop.example/m/c/{click}/{n}"') for n in (0, 1, 2)] == [1, 2, 0]
    assert made["html"].count("/m/o/") == 1
    assert made["html"].endswith("></body>")
    assert made["list_unsubscribe"] in made["html"]
    for kept in ("https://c.example/Zoë", "mailto:x@y.example", '"#top"', "javascript:alert(1)"):
        assert kept in made["html"]
    assert "/m/c/" not in made["text"]
    assert targets[0] in made["text"]


def test_a_message_without_the_options_is_sent_as_it_was_written() -> None:
    step = EmailSmtp.Step(subject="Bread", html=HTML, track_clicks=False)
    sent, targets = tracked(step, "summer", "offer")
    assert (sent["html"], targets) == (HTML, ())
    raw = EmailSmtp.Step(subject="Bread", html='{% raw %}<a href="https://a.example">{{ x }}</a>{% endraw %}')
    assert tracked(raw, "summer", "offer")[1] == ()
    assert Rendering(step).render({})["html"].count('href="#"') == 1, "a preview has links that lead nowhere"


@settings(max_examples=100)
@given(st.text(alphabet="<>a href=\"'https://x.example{}%&;#\n", max_size=120))
def test_whatever_is_written_no_target_is_anything_but_a_web_page_that_was_written(html: str) -> None:
    step = EmailSmtp.Step.model_construct(subject="x", html=html, text="", track_clicks=True)
    _, targets = tracked(step, "j", "n")
    assert all(each.startswith(("http://", "https://")) for each in targets)


@given(st.text(max_size=30), st.text(min_size=1, max_size=20))
def test_tags_are_added_once(path: str, value: str) -> None:
    once = tagged("https://a.example/p?x=1", {"utm_source": value})
    assert tagged(once, {"utm_source": "other" + path}) == once

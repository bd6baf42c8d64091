"""`sojourn demo` from an empty folder: it ends by itself, and says that every promise held."""

import re

from tests.sojourn.conftest import Demo


def test_the_demo_ends_well_and_shows_what_became_of_everybody(demo: Demo) -> None:
    said, complained = demo.process.communicate(timeout=150)
    assert (demo.process.returncode, complained) == (0, ""), said + complained
    assert "finished" in said
    for step in ("Loves bread, likes soda", "Bundle offer", "Two days", "Converted", "Reminder", "Bundle look-alikes"):
        [(arrived, here, left)] = re.findall(rf"│ {step} +│ +([\d,]+) │ +([\d,]+) │ +([\d,]+) │", said)
        assert arrived == left != "0", step
        assert here == "0", step
    assert said.count("✓") == 5
    assert "✗" not in said
    assert re.search(r"[1-9]\d* e-mails accepted, [1-9]\d* in the inbox", said)
    assert f"http://127.0.0.1:{demo.port}/journeys/bread_and_soda" in said

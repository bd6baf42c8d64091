"""`sojourn demo` from an empty folder: it ends by itself, and says that every promise held."""

import os
import re
import subprocess
import sys
from pathlib import Path

from sojourn.temporal_server import free_port


def test_the_demo_ends_well_and_shows_what_became_of_everybody(tmp_path: Path) -> None:
    settings = {"SOJOURN_HOME": str(tmp_path / "home"), "SOJOURN_PORT": str(free_port()), "COLUMNS": "160"}
    done = subprocess.run(
        [sys.executable, "-m", "sojourn.cli", "demo", "--customers", "2000", "--exit"],
        env={**os.environ, **settings, "SOJOURN_DUCKDB_MEMORY": "1GB"},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert "finished" in done.stdout
    for step in ("Loves bread, likes soda", "Bundle offer", "Two days", "Converted", "Reminder", "Bundle look-alikes"):
        [arrived, here, left] = re.findall(rf"│ {step} +│ +([\d,]+) │ +([\d,]+) │ +([\d,]+) │", done.stdout)[0]
        assert arrived == left != "0", step
        assert here == "0", step
    assert done.stdout.count("✓") == 5
    assert "✗" not in done.stdout
    assert re.search(r"[1-9]\d* e-mails accepted, [1-9]\d* in the inbox", done.stdout)
    assert f"http://127.0.0.1:{settings['SOJOURN_PORT']}/journeys/bread_and_soda" in done.stdout

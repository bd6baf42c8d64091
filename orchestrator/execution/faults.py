"""Named points at which a test can make the process die; without SOJOURN_FAULT they do nothing."""

import os
import signal
from pathlib import Path

_POINT = os.environ.get("SOJOURN_FAULT", "")
_ONCE = os.environ.get("SOJOURN_FAULT_ONCE", "")


def fault(point: str) -> None:
    """Kills this process with SIGKILL the first time it comes to the point named in SOJOURN_FAULT.

    SOJOURN_FAULT_ONCE names the file that remembers it, so that the next process passes.
    """
    if point != _POINT or not _ONCE or Path(_ONCE).exists():
        return
    Path(_ONCE).touch()
    os.kill(os.getpid(), signal.SIGKILL)

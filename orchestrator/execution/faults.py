"""Named points at which a test can make the process die; without SOJOURN_FAULT they do nothing."""

import os
import signal
from pathlib import Path

_POINT, _, _TIMES = os.environ.get("SOJOURN_FAULT", "").partition("#")
_ONCE = os.environ.get("SOJOURN_FAULT_ONCE", "")
_passed = 0


def fault(point: str) -> None:
    """Kills this process with SIGKILL at the point named in SOJOURN_FAULT; `point#n` means the n-th time.

    SOJOURN_FAULT_ONCE names the file that remembers it, so that the next process passes.
    """
    global _passed
    if point != _POINT or not _ONCE or Path(_ONCE).exists():
        return
    _passed += 1
    if _passed >= int(_TIMES or 1):
        Path(_ONCE).touch()
        os.kill(os.getpid(), signal.SIGKILL)

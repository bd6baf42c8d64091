"""Named points at which a test can make the process die; without SOJOURN_FAULT they do nothing."""

import os
import signal
from pathlib import Path

_HOW, _, _WHERE = os.environ.get("SOJOURN_FAULT", "").rpartition(" ")
_POINT, _, _TIMES = _WHERE.partition("#")
_ONCE = os.environ.get("SOJOURN_FAULT_ONCE", "")
_passed = 0


def fault(point: str) -> None:
    """Kills this process with SIGKILL at the point named in SOJOURN_FAULT; `point#n` means the n-th time.

    `stop point` halts it with SIGSTOP instead, as a machine does that is moved or short of memory.

    SOJOURN_FAULT_ONCE names the file that remembers it, so that the next process passes.
    """
    global _passed
    if point != _POINT or not _ONCE or Path(_ONCE).exists():
        return
    _passed += 1
    if _passed >= int(_TIMES or 1):
        Path(_ONCE).touch()
        os.kill(os.getpid(), signal.SIGSTOP if _HOW == "stop" else signal.SIGKILL)

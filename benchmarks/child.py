"""Runs one measurement in a process of its own, so that neither memory nor caches of one are in another's figures."""

import asyncio
import importlib
import json
import os
import subprocess
import sys
from typing import Any


def run(function: str, **arguments: Any) -> dict[str, Any]:
    """Calls `module:function`, a coroutine function, in a new interpreter and returns the dict it returns.

    Raises RuntimeError with the child's last words when it fails.
    """
    command = [sys.executable, "-m", "benchmarks.child", function, json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{function} failed:\n{done.stderr[-4000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """The child's side."""
    module, _, name = sys.argv[1].partition(":")
    function = getattr(importlib.import_module(module), name)
    found = asyncio.run(function(**json.loads(sys.argv[2])))
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    os._exit(0)  # Temporal's library may crash while the interpreter ends


if __name__ == "__main__":
    main()

"""Runs the sandbox until it is told to stop: `python -m sojourn.sandbox --smtp-port 2525 --http-port 8025`."""

import argparse
import asyncio
import ctypes
import json
import os
import signal
import socket
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from sojourn.sandbox.audiences import Audiences
from sojourn.sandbox.customer import Customer
from sojourn.sandbox.facts import Facts
from sojourn.sandbox.faults import Faults
from sojourn.sandbox.google import Google
from sojourn.sandbox.graph import Graph
from sojourn.sandbox.inbox import Inbox
from sojourn.sandbox.pages import Pages
from sojourn.sandbox.resend import Resend
from sojourn.sandbox.smtp import MailServer


def main() -> None:
    """Reads the arguments and runs."""
    parser = argparse.ArgumentParser(prog="python -m sojourn.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--smtp-port", type=int, default=2525, help="0: any free port")
    parser.add_argument("--http-port", type=int, default=8025, help="0: any free port")
    parser.add_argument("--data", type=Path, help="folder to keep mail and audiences in; none: a temporary one")
    parser.add_argument("--smtp-password", default="sandbox", help="the password that signs in, for any user name")
    parser.add_argument("--meta-token", default="sandbox", help="the token that the ad platforms and Resend take")
    parser.add_argument(
        "--returns-to", metavar="URL", help="who takes bounces and complaints; none: there are no buttons"
    )
    parser.add_argument("--with-parent", type=int, metavar="PID", help="end when this parent process ends")
    arguments = parser.parse_args()
    if arguments.with_parent:
        _end_with(arguments.with_parent)
    with ExitStack() as stack:
        folder = arguments.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sojourn-sandbox-")))
        folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(_serve(arguments, folder))


async def _serve(arguments: argparse.Namespace, folder: Path) -> None:
    faults, inbox, audiences = Faults(), Inbox(folder), Audiences(folder)
    app = FastAPI(title="Sojourn sandbox", docs_url=None, redoc_url=None)
    app.include_router(Facts(inbox, audiences, faults).routes)
    app.include_router(Pages(inbox, audiences, Customer(arguments.returns_to)).routes)
    app.include_router(Resend(inbox, faults, arguments.meta_token).routes)
    app.include_router(Google(audiences, faults, arguments.meta_token).routes)
    app.include_router(Graph(audiences, faults, arguments.meta_token).routes)
    mail = MailServer(inbox, faults, arguments.smtp_password)
    smtp_port = await mail.start(arguments.host, arguments.smtp_port)
    listener = _listen(arguments.host, arguments.http_port)
    web = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    # The one who started this waits for the line, and the ports may have been left to the system.
    ready = {"smtp_port": smtp_port, "http_port": listener.getsockname()[1]}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    await web.serve([listener])
    mail.stop()
    await inbox.close()
    audiences.close()


def _listen(host: str, port: int) -> socket.socket:
    """A listener whose protocol is named: only then does asyncio turn off Nagle, which costs 40 ms per request."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(1024)
    return listener


def _end_with(parent: int) -> None:
    """Asks Linux to end this process together with its parent, which may be gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(0)


if __name__ == "__main__":
    main()

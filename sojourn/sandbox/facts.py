"""What happened, as JSON for tests and demos, and the knobs for what shall go wrong."""

from typing import Any

from fastapi import APIRouter

from sojourn.sandbox.audiences import Audiences
from sojourn.sandbox.faults import Faults
from sojourn.sandbox.inbox import Inbox


class Facts:
    """The routes under /facts and /faults."""

    def __init__(self, inbox: Inbox, audiences: Audiences, faults: Faults) -> None:
        self._inbox = inbox
        self._audiences = audiences
        self._faults = faults
        self.routes = APIRouter()
        self.routes.add_api_route("/facts", self.facts, methods=["GET"])
        self.routes.add_api_route("/facts", self.forget, methods=["DELETE"])
        self.routes.add_api_route("/facts/messages", self.messages, methods=["GET"])
        self.routes.add_api_route("/faults", self.faults, methods=["GET"])
        self.routes.add_api_route("/faults", self.err, methods=["PUT"])

    def facts(self) -> dict[str, Any]:
        """Counts of everything that came in."""
        messages, recipients = self._inbox.count()
        audiences = {
            each.id: {"size": each.size, "requests": each.requests, "received": each.received}
            for each in self._audiences.all()
        }
        return {"messages": messages, "recipients": recipients, "audiences": audiences}

    def messages(self, more_than: int = 0, recipient: str = "") -> dict[str, int]:
        """How often each Message-ID came in; `more_than=1` lists what came twice."""
        return self._inbox.count_by_message_id(more_than=more_than, recipient=recipient)

    async def forget(self) -> dict[str, Any]:
        """Empties inbox and audiences, and ends all faults."""
        await self._inbox.clear()
        self._audiences.clear()
        self._set(Faults())
        return self.facts()

    def faults(self) -> Faults:
        """The faults as they are now; counters have counted down."""
        return self._faults

    async def err(self, faults: Faults) -> Faults:
        """Replaces all faults; what is left out works."""
        self._set(faults)
        return self._faults

    def _set(self, faults: Faults) -> None:
        for name in Faults.model_fields:
            setattr(self._faults, name, getattr(faults, name))

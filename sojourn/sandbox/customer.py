"""What customers and their mail servers do with a message: they click, unsubscribe, complain, or it comes back."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formatdate
from html import unescape
from urllib.parse import urlsplit

import httpx2

from orchestrator.channels.links import PATH
from orchestrator.channels.returned import RETURN_ADDRESS

ACTIONS = {
    "open": "Open",
    "click": "Click",
    "unsubscribe": "Unsubscribe",
    "bounce": "Bounce this",
    "complain": "Complain",
}
"""What can be done, and the words of its button."""
_LINK = re.compile(r"""\b(?:href|src)\s*=\s*["'](https?://[^"']+)["']""", re.IGNORECASE)
_CRLF = "\r\n"


class Customer:
    """Does for real what a real one would; `returns_to` takes what comes to the return address."""

    def __init__(self, returns_to: str | None) -> None:
        self._returns_to = returns_to

    def can(self, mail_from: str, content: bytes) -> list[str]:
        """What can be done with a message, in the order of the buttons."""
        found = {action for action, url in self._urls(_parsed(content)).items() if url}
        if self._returns_to and RETURN_ADDRESS.search(mail_from):
            found |= {"bounce", "complain"}
        return [action for action in ACTIONS if action in found]

    async def do(self, action: str, mail_from: str, content: bytes) -> bool:
        """Whether Sojourn took it."""
        if action not in self.can(mail_from, content):
            return False
        message = _parsed(content)
        url = self._urls(message).get(action)
        async with httpx2.AsyncClient(timeout=20, trust_env=False) as http:
            try:
                if action in ("bounce", "complain"):
                    report = _report(action, mail_from, str(message["To"]), content)
                    answer = await http.post(str(self._returns_to), content=report)
                    return answer.is_success and answer.json()["events"] == 1
                if action == "unsubscribe":  # as a mail program does, RFC 8058
                    answer = await http.post(str(url), data={"List-Unsubscribe": "One-Click"})
                else:
                    answer = await http.get(str(url))
            except httpx2.HTTPError:
                return False
        return answer.status_code < 400

    def _urls(self, message: EmailMessage) -> dict[str, str | None]:
        links = [unescape(link) for link in _LINK.findall(_html(message))]
        one_click = re.search(r"<(https?://[^>]+)>", str(message.get("List-Unsubscribe", "")))
        return {
            "open": _first(links, "/o/"),
            "click": _first(links, "/c/"),
            "unsubscribe": one_click[1] if one_click and message.get("List-Unsubscribe-Post") else None,
        }


def _first(links: list[str], kind: str) -> str | None:
    return next((each for each in links if urlsplit(each).path.startswith(PATH + kind)), None)


def _report(action: str, mail_from: str, to: str, content: bytes) -> bytes:
    """A delivery status notification (RFC 3464), or a feedback report (RFC 5965), as a mail server would send it."""
    head, _, _ = content.partition(b"\r\n\r\n")
    kind = "delivery-status" if action == "bounce" else "feedback-report"
    subject = "Undelivered" if action == "bounce" else "Complaint about a message"
    said = (
        f"Reporting-MTA: dns; sandbox.example{_CRLF}{_CRLF}Final-Recipient: rfc822; {to}{_CRLF}"
        f"Action: failed{_CRLF}Status: 5.1.1{_CRLF}Diagnostic-Code: smtp; 550 5.1.1 no such mailbox{_CRLF}"
        if action == "bounce"
        else f"Feedback-Type: abuse{_CRLF}User-Agent: Sandbox/1{_CRLF}Version: 1{_CRLF}"
        f"Original-Mail-From: <{mail_from}>{_CRLF}"
    )
    lines = [
        f"From: Mail server <mailer-daemon@sandbox.example>{_CRLF}To: <{mail_from}>{_CRLF}Date: {formatdate()}{_CRLF}"
        f"Subject: {subject}{_CRLF}MIME-Version: 1.0{_CRLF}"
        f'Content-Type: multipart/report; report-type={kind}; boundary="=_report"{_CRLF}',
        f"--=_report{_CRLF}Content-Type: text/plain{_CRLF}{_CRLF}This is about your message.{_CRLF}",
        f"--=_report{_CRLF}Content-Type: message/{kind}{_CRLF}{_CRLF}{said}",
        f"--=_report{_CRLF}Content-Type: text/rfc822-headers{_CRLF}{_CRLF}",
    ]
    return _CRLF.join(lines).encode() + head + b"\r\n--=_report--\r\n"


def _parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def _html(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    body = part.get_payload(decode=True) if part is not None else b""
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else ""

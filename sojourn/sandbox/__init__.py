"""Where messages and audiences go when nobody real shall get them: a mail server with an inbox, and other providers."""

from sojourn.sandbox.faults import Drop, Faults, GoogleFaults, HttpFaults, MetaFaults, Reply, SmtpFaults
from sojourn.sandbox.sandbox import SandboxProcess

__all__ = ["Drop", "Faults", "GoogleFaults", "HttpFaults", "MetaFaults", "Reply", "SandboxProcess", "SmtpFaults"]

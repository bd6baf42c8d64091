"""Where messages and audiences go when nobody real shall get them: a mail server with an inbox, and an ad platform."""

from sojourn.sandbox.faults import Drop, Faults, MetaFaults, Reply, SmtpFaults
from sojourn.sandbox.sandbox import SandboxProcess

__all__ = ["Drop", "Faults", "MetaFaults", "Reply", "SandboxProcess", "SmtpFaults"]

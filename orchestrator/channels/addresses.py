"""What an address of a kind must look like to be sent to at all."""

import re

VALID = {"email": r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$", "phone": r"^\+?[0-9 ()/.-]{6,}$"}
"""Kind of contact → regular expression, the same on every engine and in Python; other kinds may look like anything."""


def fits(contact: str, address: str) -> bool:
    """Whether the address looks like one of its kind."""
    return contact not in VALID or re.search(VALID[contact], address.strip()) is not None

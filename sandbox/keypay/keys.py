"""The key that opens Employment Hero Payroll: one at a time, kept like everything else."""

from __future__ import annotations

import secrets

from sandbox.document_store import Shelf

_KIND, FIRST = "keypay key", "harbour-hero-key"


class Keys:
    """The one key that is good."""

    def __init__(self, shelf: Shelf) -> None:
        """Read the key that was good when the program last ran."""
        self._shelf = shelf
        self.current: str = shelf.read(_KIND).get("now", {}).get("key", FIRST)

    def opens(self, given: str) -> bool:
        """Say whether this is the key."""
        return secrets.compare_digest(given.encode(), self.current.encode())

    def replace(self) -> None:
        """Make another key; the one before is refused from now on."""
        self.current = f"hero-{secrets.token_hex(8)}"
        self._shelf.put(_KIND, "now", {"key": self.current})

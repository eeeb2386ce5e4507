"""The API key of Employment Hero Payroll; only one is valid at a time."""

from __future__ import annotations

import secrets

from sandbox.document_store import DocumentStore

_KIND, FIRST = "keypay key", "harbour-hero-key"


class Keys:
    """The valid key."""

    def __init__(self, store: DocumentStore) -> None:
        """Load the key stored by the last run of the program."""
        self._store = store
        self.current: str = store.read(_KIND).get("now", {}).get("key", FIRST)

    def opens(self, key: str) -> bool:
        """Say whether a key is the valid one."""
        return secrets.compare_digest(key.encode(), self.current.encode())

    def replace(self) -> None:
        """Replace the key; the previous one is refused from now on."""
        self.current = f"hero-{secrets.token_hex(8)}"
        self._store.put(_KIND, "now", {"key": self.current})

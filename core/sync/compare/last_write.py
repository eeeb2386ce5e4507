"""What a link keeps of the last write: enough to see what has changed since, and nothing that can be read.

    16 bytes   the fingerprint of everything that was sent, in canonical form
     4 bytes   the spelling of the names, of which the canonical form says nothing
     6 bytes   the end of the employment, when it was iHUB that wrote it
     6 bytes   which of the fields whose loss is reported the target has from the HR system, one bit each

Links of earlier versions have the first 16 bytes only: then nothing is known of the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from connectors.contract.fields import Value
from connectors.contract.records import Prepared
from core.security.vault import vault
from core.sync.compare.diff import Difference

CONTENT_BYTES, SPELLING_BYTES, END_BYTES, SENT_BYTES = 16, 4, 6, 6
FINGERPRINT_BYTES = CONTENT_BYTES + SPELLING_BYTES
ALL_BYTES = FINGERPRINT_BYTES + END_BYTES + SENT_BYTES
NO_END = bytes(END_BYTES)


class LastWrite(NamedTuple):
    """The parts of what a link keeps."""

    # Content and spelling: the same exactly when the same would be sent again.
    fingerprint: bytes
    end: bytes = NO_END
    sent: int = 0

    def pack(self) -> bytes:
        """Return the bytes that are stored."""
        return self.fingerprint + self.end + self.sent.to_bytes(SENT_BYTES)


NOTHING_KNOWN = LastWrite(b"")


def unpack(stored: bytes | None) -> LastWrite:
    """Return what is known from the stored bytes."""
    if stored is None or len(stored) != ALL_BYTES:
        return NOTHING_KNOWN
    end = FINGERPRINT_BYTES + END_BYTES
    return LastWrite(stored[:FINGERPRINT_BYTES], stored[FINGERPRINT_BYTES:end], int.from_bytes(stored[end:]))


def is_written(fingerprint: bytes, stored: bytes | None) -> bool:
    """Return whether a link was stored for exactly what would be sent now."""
    return stored is not None and stored[:FINGERPRINT_BYTES] == fingerprint


def is_spelled_differently(fingerprint: bytes, stored: bytes | None) -> bool:
    """Return whether the HR system spells a name otherwise than when the link was stored."""
    known = unpack(stored).fingerprint
    return known != b"" and known[CONTENT_BYTES:] != fingerprint[CONTENT_BYTES:]


def hash_end(source_id: str, end: Value) -> bytes:
    """Return the hash of an end of the employment of one employee of the source."""
    return vault().fingerprint(f"end {source_id} {end}".encode())[:END_BYTES]


def end_by_us(
    source_id: str, prepared: Prepared, differences: Sequence[Difference], known_end: bytes
) -> bytes:
    """Return the hash of the end that the target has from us: written now, or before."""
    name = prepared.end_field
    if name is None or not prepared.ends_employment:
        return NO_END
    end = hash_end(source_id, prepared.values.get(name))
    is_written_now = any(difference.field.name == name for difference in differences)
    return end if is_written_now or end == known_end else NO_END

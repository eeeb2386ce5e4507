"""What is to be written, sealed a few people at a time: encrypting each alone would cost a multiple."""

from __future__ import annotations

from core.sync.payloads import Intent, seal

PEOPLE = 20
"""In one parcel: few enough that what is sealed or opened is still at hand when the last of them is dealt with."""
POSITIONS = 1 << 24
"""More than a run has; with the run's id the first position makes an id that no other parcel has."""


class Packed:
    """A sealed parcel on its way into the store: its id, the highest position in it, and its content."""

    __slots__ = ("id", "last", "sealed")

    def __init__(self, id: int, last: int, sealed: bytes) -> None:
        """Take all three."""
        self.id, self.last, self.sealed = id, last, sealed


class Packer:
    """Puts what is to be written into parcels."""

    def __init__(self, run_id: int) -> None:
        """Take the run that the parcels are made by."""
        self._run_id = run_id
        self._id = 0
        self._open: list[Intent] = []
        self._packed: list[Packed] = []

    def put(self, intent: Intent) -> int:
        """Put in what is to be written for one record; return the id of the parcel. Positions only grow."""
        if not self._open:
            self._id = self._run_id * POSITIONS + intent.position
        self._open.append(intent)
        parcel_id = self._id
        if len(self._open) >= PEOPLE:
            self._seal()
        return parcel_id

    def _seal(self) -> None:
        given, self._open = self._open, []
        self._packed.append(Packed(self._id, given[-1].position, seal(given)))

    def packed(self) -> list[Packed]:
        """Return the parcels made since the last call, the one begun among them."""
        if self._open:
            self._seal()
        packed, self._packed = self._packed, []
        return packed

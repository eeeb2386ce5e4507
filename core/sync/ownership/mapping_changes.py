"""Which fields differ only because the mapping has changed since an employee was last compared."""

from __future__ import annotations

from connectors.contract.capabilities import Translator
from connectors.contract.employee import Employee
from core.sync.compare.link_state import NOTHING, SENT, LinkStates
from core.sync.ownership.field_owners import Compared


class MappingChanges:
    """Translates employees as the mapping before the present one says."""

    def __init__(self, link_states: LinkStates, translate: Translator) -> None:
        self._states, self._translate = link_states, translate

    def find(self, employee: Employee, compared: Compared) -> frozenset[str]:
        """Return the fields that would be sent as they were sent last if the mapping were the one before."""
        if not compared.known.is_known:
            return frozenset()
        before = self._translate(compared.source_id, employee)
        if before.problems:
            return frozenset()
        sent = self._states.sent(compared.source_id, before)
        return frozenset(
            name
            for name, now in compared.sent.items()
            if now != (last := self._states.field(name, compared.known)[SENT])
            and sent.get(name, NOTHING) == last
        )

"""Tell which linked employees the target has left as they were, so that their source need not be asked about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from core.sync.compare import link_state
from core.sync.compare.link_state import LinkStates
from core.sync.match.target_index import TargetIndex
from core.sync.store import links
from core.sync.store.links import FreshnessCutoffs


class TargetChanges:
    """Compares the records that the target has listed with what the links remember of them."""

    def __init__(
        self,
        pairing_id: int,
        cutoffs: FreshnessCutoffs,
        *,
        target_index: TargetIndex,
        link_states: LinkStates,
        add_states: Callable[[Sequence[tuple[str, bytes]]], None],
        has_conflict: Callable[[str], bool],
    ) -> None:
        """Take the target's employees, what stores new states of links, and whose fields differ at both ends."""
        self._pairing_id, self._cutoffs = pairing_id, cutoffs
        self._target_index, self._link_states, self._add_states = target_index, link_states, add_states
        self._has_conflict = has_conflict

    def without_changed(
        self, versions: Mapping[str, str], target_ids: Mapping[str, str], listed: Mapping[str, str]
    ) -> dict[str, str]:
        """Return the source versions of the employees that the target lists, and has left as they were.

        All three are by source id; ``listed`` has the digests of the target's records in the run before.
        """
        now = self._target_index.listed_digests([target_ids[source_id] for source_id in versions])
        same: dict[str, str] = {}
        others: list[str] = []
        for source_id, version in versions.items():
            digest = now.get(target_ids[source_id])
            if digest is None:
                continue
            if digest == listed[source_id]:
                same[source_id] = version
            else:
                others.append(source_id)
        if others:
            same.update({source_id: versions[source_id] for source_id in self._keep_states(others)})
        return same

    def _keep_states(self, source_ids: Sequence[str]) -> Sequence[str]:
        """Return those whose record at the target is another one, but none of whose fields is."""
        states: list[tuple[str, bytes]] = []
        source_ids = [source_id for source_id in source_ids if not self._has_conflict(source_id)]
        linked = links.by_source_id(self._pairing_id, source_ids, self._cutoffs)
        slots = self._target_index.find_slots([link.target_id for link in linked.values()])
        for source_id, link in linked.items():
            known = link_state.unpack(link.state)
            current = self._target_index.record(slots[link.target_id])
            digest = self._target_index.listed_digest(link.target_id)
            state = self._link_states.after_listing(source_id, known, current, digest)
            if state is not None:
                states.append((source_id, state.pack()))
        self._add_states(states)
        return [source_id for source_id, _ in states]

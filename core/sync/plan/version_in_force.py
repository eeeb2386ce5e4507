"""What the version of the mapping in force would do, to tell in a preview what is due to the draft alone."""

from __future__ import annotations

from connectors.contract.protocols import Target
from core.sync.compare.link_state import LinkStates
from core.sync.match.link_check import IdentityDigests
from core.sync.match.resolver import Subject
from core.sync.match.target_index import TargetIndex
from core.sync.ownership.field_owners import FieldOwners
from core.sync.plan.processor import PlannedWrite, Processor
from core.sync.runtime import pinned_mapping
from core.sync.runtime.context import RunContext
from core.sync.store.field_conflicts import Conflicts


class VersionInForce:
    """Decides on employees by the version in force: its translation, its owners of fields and its scope."""

    def __init__(
        self,
        work: RunContext,
        target: Target,
        *,
        identity_digests: IdentityDigests,
        target_index: TargetIndex,
        conflicts: Conflicts,
    ) -> None:
        """Take the run of the preview, and what it knows.

        Raises ConfigError where the version does not fit the target's file as it is now.
        """
        self._translate, fields = pinned_mapping.in_force(work.facts, target)
        link_states = LinkStates(fields, work.pairing_id)
        self._processor = Processor(
            fields,
            work.scope if work.scope_in_force is None else work.scope_in_force,
            identity_digests=identity_digests,
            link_states=link_states,
            target_index=target_index,
            field_owners=FieldOwners(fields, link_states, conflicts, first_run=work.facts.is_first_run),
        )

    def would_write(self, subject: Subject) -> bool:
        """Say whether an employee, as the preview has matched them, would be written."""
        employee = subject.record.employee
        if employee is None:
            return False
        prepared = self._translate(subject.record.source_id, employee)
        return isinstance(self._processor.decide(subject._replace(prepared=prepared), []), PlannedWrite)

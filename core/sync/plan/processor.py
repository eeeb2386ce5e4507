"""The Processor: decide what has to happen with one employee."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from connectors.contract.fields import Field
from connectors.contract.records import Prepared, Problem, Reason, TargetRecord, Verdict
from core.models import Action, Decision
from core.runs.options import Scope
from core.runs.outcome_catalogue import explain
from core.sync.compare import changes, diff
from core.sync.compare.fingerprints import Fingerprinter
from core.sync.match.link_check import IdentityDigests
from core.sync.match.resolver import Subject
from core.sync.plan import rehires
from core.sync.plan.filters import LEFT, Filters, judge
from core.sync.store.payloads import Payload
from core.sync.store.rows import Linked, LinkRow, Row, warning_rows

# A link that was stored longer ago is stored again when nothing changed, so that full reads fall due
# evenly.
REFRESH = timedelta(days=1)


class Planned(NamedTuple):
    """A decision: the row, the link to store although nothing is written, or what is to be written."""

    row: Row
    link: LinkRow | None = None
    payload: Payload | None = None
    # The new mark of their link, where nothing else of it changes.
    mark: str | None = None
    # They are left out, or have left at both ends, which holds until they change.
    lasting: bool = False


class Processor:
    """Decides by the fields of one target and the scope of one job."""

    def __init__(self, fields: Sequence[Field], scope: Scope, today: date, likeness: IdentityDigests) -> None:
        """Remember what all decisions of a run have in common."""
        self._likeness, self._today = likeness, today
        self._fields: Mapping[str, Field] = {field.name: field for field in fields}
        self._filters = Filters(scope, today)
        self.fingerprint = Fingerprinter(self._fields).fingerprint

    def decide(self, subject: Subject) -> Planned:
        """Return the decision on one employee."""
        employee, prepared, doubt = subject.record.employee, subject.prepared, subject.found.doubt
        if employee is None or prepared is None:
            return self._without_details(subject)
        known = subject.as_written or subject.current is not None or doubt is not None
        problem = self._filters.leave_out(employee, known) or (
            judge(prepared.problems) if prepared.problems else None
        )
        if problem is not None:
            return _problem(subject, problem)._replace(lasting=_lasts(subject, problem))
        if subject.as_written and subject.linked is not None:
            return self._as_written(subject, subject.linked)
        if doubt is not None:
            return Planned(
                _row(subject, Decision.AMBIGUOUS, Action.NOT_WRITTEN, doubt, explain(doubt).sentence)
            )
        if subject.current is None:
            return self._create(subject, prepared)
        return self._update(subject, prepared, subject.current)

    def _without_details(self, subject: Subject) -> Planned:
        if subject.record.problem is not None:
            return _problem(subject, subject.record.problem)
        if subject.record.unchanged and subject.linked is not None:
            return Planned(_row(subject, Decision.NO_CHANGE, Action.SKIPPED))
        return _problem(
            subject, Problem(Reason.UNREADABLE, explain(Reason.UNREADABLE).sentence, verdict=Verdict.ERROR)
        )

    def _create(self, subject: Subject, prepared: Prepared) -> Planned:
        payload = Payload(prepared, None, subject.record.mark, self.fingerprint(prepared))
        return Planned(_row(subject, Decision.CREATE, Action.PENDING), None, payload)

    def _as_written(self, subject: Subject, linked: Linked) -> Planned:
        """Leave the employee; of the link only the mark may be new, so that looking at the target falls due."""
        mark = subject.record.mark
        return Planned(
            _row(subject, Decision.NO_CHANGE, Action.SKIPPED),
            mark=None if mark == linked.source_version else mark,
        )

    def _update(self, subject: Subject, prepared: Prepared, current: TargetRecord) -> Planned:
        fingerprint = self.fingerprint(prepared)
        if (employed := prepared.employed) is not None:
            prepared = rehires.resumed(prepared, employed, current, self._fields, self._today)
            subject = subject._replace(prepared=prepared)
            if rehires.awaited(employed, current, self._today):
                subject = subject._replace(record=replace(subject.record, mark=None))
        differences = self.differences(prepared, current, subject.linked, fingerprint)
        if not differences:
            employee, row = subject.record.employee, _row(subject, Decision.NO_CHANGE, Action.SKIPPED)
            gone = subject.unlisted and employee is not None and employee.terminated
            return Planned(row, self._link(subject, current, fingerprint), lasting=gone)
        row = _row(
            subject, Decision.TERMINATE if prepared.ends_employment else Decision.UPDATE, Action.PENDING
        )
        row.changes = changes.changes(differences)
        return Planned(row, None, Payload(prepared, current, subject.record.mark, fingerprint))

    def _link(self, subject: Subject, current: TargetRecord, fingerprint: bytes) -> LinkRow | None:
        """Return the link of somebody who need not be written; None when it is stored just so."""
        source_id, mark, linked = subject.record.source_id, subject.record.mark, subject.linked
        wanted = (current.target_id, fingerprint, mark)
        if (
            linked is not None
            and linked.recent
            and (linked.target_id, linked.fingerprint, linked.source_version) == wanted
        ):
            return None
        return LinkRow(source_id, *wanted, self._likeness.of(source_id, current.values))

    def differences(
        self, prepared: Prepared, current: TargetRecord, linked: Linked | None, fingerprint: bytes
    ) -> Sequence[diff.Difference]:
        """Return what has to change; what cannot be seen at the target counts unless just that was written last."""
        comparison = diff.compare(self._fields, prepared, current)
        written_before = (
            linked is not None and linked.target_id == current.target_id and linked.fingerprint == fingerprint
        )
        return comparison.differences if written_before else comparison.differences + comparison.unseen


def _lasts(subject: Subject, problem: Problem) -> bool:
    """Say whether a problem stays as long as the employee does not change, whatever the day and the target.

    Whoever is not linked and could be somebody at the target is looked at in every run, so that nobody else is taken for them.
    """
    if problem.verdict is not Verdict.FILTER or problem.reason is Reason.FUTURE_START:
        return False
    return not subject.found.places() if subject.linked is None else problem is not LEFT


def _problem(subject: Subject, problem: Problem) -> Planned:
    if problem.verdict is Verdict.ERROR:
        return Planned(_row(subject, Decision.ERROR, Action.FAILED, problem.reason, problem.message))
    return Planned(_row(subject, Decision.FILTERED, Action.SKIPPED, problem.reason, problem.message))


def _row(
    subject: Subject,
    decision: Decision,
    action: Action,
    reason: str | None = None,
    message: str | None = None,
) -> Row:
    record, prepared = subject.record, subject.prepared
    row = Row(
        subject.position,
        record.source_id,
        record.name,
        decision,
        action,
        _target_id(subject),
        reason,
        message,
    )
    if prepared is not None and prepared.warnings and decision is not Decision.FILTERED:
        row.warnings = warning_rows(prepared.warnings)
    return row


def _target_id(subject: Subject) -> str | None:
    if subject.current is not None:
        return subject.current.target_id
    if subject.linked is not None and (subject.prepared is None or subject.as_written):
        return subject.linked.target_id
    return None

"""The Processor: decide what has to happen with one employee.

One file, because the order in which the questions are asked is the decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from connectors.contract.fields import LEFT_TO_TARGET, Concern, Field, Identity
from connectors.contract.records import Prepared, Problem, Reason, TargetRecord, Verdict
from core.models import Action, Decision
from core.runs.outcome_catalogue import Code, explain
from core.scope.judging import CompiledScope, is_already_left
from core.sync.compare import diff, link_state
from core.sync.compare.changes import field_changes
from core.sync.compare.link_state import LinkStates, Sent, StoredState
from core.sync.compare.taken_away import TakenAway
from core.sync.match import other_records
from core.sync.match.link_check import IdentityDigests
from core.sync.match.resolver import Subject, is_at_target
from core.sync.match.rules import Match, Tier
from core.sync.match.target_index import TargetIndex
from core.sync.ownership.field_owners import Compared, FieldOwners, Ownership
from core.sync.ownership.mapping_changes import MappingChanges
from core.sync.plan import rehires, repeated_warnings
from core.sync.plan.repeated_warnings import Warnings
from core.sync.store.payloads import Payload
from core.sync.store.rows import Linked, LinkRow, Row, warning_rows

# An unchanged employee's link is stored again when it is older than this, so that full reads are spread evenly.
REFRESH = timedelta(days=1)
OTHER_ON_HOLD = (
    "Another record of the employee is on hold, so nothing is written. It has the source ID {source_id}. "
    "No action is needed. An Account Admin can release it on the connection's Scope tab."
)


class PlannedRow(NamedTuple):
    """A decision without a write; when it ``lasts``, it holds until the employee changes, and is remembered."""

    row: Row
    lasts: bool = False


class PlannedLink(NamedTuple):
    """A decision without a write that stores a link; when it ``lasts``, it holds until the employee changes."""

    row: Row
    link: LinkRow
    lasts: bool = False


class PlannedVersion(NamedTuple):
    """A decision without a write that stores a new source version in the employee's link."""

    row: Row
    source_version: str


class PlannedWrite(NamedTuple):
    """A decision to write an employee to the target."""

    row: Row
    payload: Payload


Planned = PlannedRow | PlannedLink | PlannedVersion | PlannedWrite


class Processor:
    """Decides by the fields of one target and the scope of one connection."""

    def __init__(
        self,
        fields: Sequence[Field],
        scope: CompiledScope,
        *,
        identity_digests: IdentityDigests,
        link_states: LinkStates,
        target_index: TargetIndex,
        field_owners: FieldOwners,
    ) -> None:
        """Take the employees of the target, what links remember of them, and whose values count."""
        self._identity_digests, self._today, self._target_index = identity_digests, scope.today, target_index
        self._link_states, self._owners = link_states, field_owners
        self._fields: Mapping[str, Field] = {field.name: field for field in fields}
        self._scope = scope
        self._taken_away = TakenAway(fields)
        self._pay_names = frozenset(
            field.name
            for field in fields
            if (field.is_pay or field.concern is not None) and field.owner not in LEFT_TO_TARGET
        )
        # Set where employees may have been compared last with an earlier mapping.
        self.mapping_changes: MappingChanges | None = None

    def decide(self, subject: Subject, warnings: Warnings) -> Planned:
        """Return the decision on one employee, who has these open ``warnings`` of earlier runs."""
        planned = self._decide(subject, warnings)
        if warnings and planned.row.decision is Decision.NO_CHANGE and subject.prepared is not None:
            about_writes = repeated_warnings.about_writes(warnings)
            planned.row.warnings = [*(planned.row.warnings or ()), *about_writes] or None
        return planned

    def _decide(self, subject: Subject, warnings: Warnings) -> Planned:
        employee, prepared, doubt = subject.record.employee, subject.prepared, subject.match.doubt
        if employee is None or prepared is None:
            return self._decide_without_details(subject, warnings)
        source_id = subject.record.source_id
        problem = self._scope.find_exclusion(employee, source_id, is_at_target=is_at_target(subject))
        if subject.held_with is not None:
            problem = held_with(subject.held_with)
        if prepared.problems and (problem is None or self._starts_implausibly(problem, subject, prepared)):
            problem = join_problems(prepared.problems)
        if problem is not None:
            if _is_transferred_away(subject, problem):
                problem = other_records.TRANSFERRED_AWAY
            return _problem(subject, problem, lasts=_lasts(subject, problem))
        if subject.is_as_written and subject.linked is not None:
            return self._skip_as_written(subject, subject.linked)
        if doubt is not None:
            sentence = explain(doubt).sentence
            return PlannedRow(_row(subject, Decision.AMBIGUOUS, Action.NOT_WRITTEN, doubt, sentence))
        if subject.current is None:
            return self._create(subject, prepared)
        return self._update(subject, prepared, subject.current)

    def _starts_implausibly(self, problem: Problem, subject: Subject, prepared: Prepared) -> bool:
        """Return whether a start too far ahead is a slip of the pen, which no later run sends."""
        record = subject.record
        return (
            problem.reason is Reason.FUTURE_START
            and any(each.reason is Reason.IMPLAUSIBLE_DATE for each in prepared.problems)
            and record.employee is not None
            and bool(self._scope.meets_condition(record.employee, record.source_id))
        )

    def next_change(self, subject: Subject) -> date | None:
        """Return the first day on which the scope can say something else of an employee who has not changed."""
        employee = subject.record.employee
        if employee is None or not self._scope.rests_on_days:
            return None
        source_id = subject.record.source_id
        return self._scope.next_change(employee, source_id, is_at_target=is_at_target(subject))

    def has_other_pay(self, subject: Subject) -> bool:
        """Return whether the target has other pay details than the source, of a linked employee who is not written."""
        prepared, linked, current = subject.prepared, subject.linked, subject.current
        if prepared is None or linked is None or subject.is_as_written:
            return False
        if any(problem.name in self._pay_names for problem in prepared.problems):
            return True
        names = self._pay_names - prepared.create_only
        pay = replace(
            prepared, values={name: prepared.values[name] for name in names & prepared.values.keys()}
        )
        unseen = [(name, value) for name, value in pay.values.items()]
        if current is not None and current.target_id == linked.target_id:
            comparison = diff.compare(self._fields, pay, current)
            if comparison.differences:
                return True
            unseen = [(each.field.name, each.after) for each in comparison.unseen]
        known, source_id = link_state.unpack(linked.state), subject.record.source_id
        return known.is_known and not all(
            self._link_states.is_sent(source_id, name, value, known) for name, value in unseen
        )

    def _decide_without_details(self, subject: Subject, warnings: Warnings) -> Planned:
        if subject.record.problem is not None:
            return _problem(subject, subject.record.problem)
        if subject.record.unchanged and subject.linked is not None:
            row, slot = _row(subject, Decision.NO_CHANGE, Action.SKIPPED), subject.match.slot
            if warnings:
                current = None if slot is None else self._target_index.record(slot)
                row.warnings = repeated_warnings.for_unread(warnings, current) or None
            return PlannedRow(row)
        sentence = explain(Reason.UNREADABLE).sentence
        return _problem(subject, Problem(Reason.UNREADABLE, sentence, verdict=Verdict.ERROR))

    def _create(self, subject: Subject, prepared: Prepared) -> Planned:
        prepared = self._owners.without_target_owned(prepared)
        payload = Payload(prepared, None, subject.record.source_version, b"")
        return PlannedWrite(_row(subject, Decision.CREATE, Action.PENDING), payload)

    def _skip_as_written(self, subject: Subject, linked: Linked) -> Planned:
        """Skip the employee; the link stores a new source version and nothing else, so the next full read stays due."""
        row, version = _row(subject, Decision.NO_CHANGE, Action.SKIPPED), subject.record.source_version
        return (
            PlannedRow(row)
            if version is None or version == linked.source_version
            else PlannedVersion(row, version)
        )

    def _update(self, subject: Subject, prepared: Prepared, current: TargetRecord) -> Planned:
        prepared = repeated_warnings.without_done(prepared, current, is_unlisted=subject.is_unlisted)
        subject = subject._replace(prepared=prepared)
        linked, source_id = subject.linked, subject.record.source_id
        sent = self._link_states.sent(source_id, prepared)
        is_same_link = linked is not None and linked.target_id == current.target_id
        known = link_state.unpack(linked.state if linked is not None and is_same_link else None)
        prepared, taken_away = self._taken_away.check(
            prepared, current, lambda name: self._link_states.was_sent(source_id, name, known)
        )
        subject = self._with_end(subject, prepared, current, known)
        compared = self._owners.leave_to_target(
            Compared(
                subject.position,
                source_id,
                subject.record.name,
                subject.prepared or prepared,
                current,
                sent,
                known,
            )
        )
        prepared = compared.prepared
        differences = self._differences(prepared, current, sent, known)
        if subject.match.tier is Tier.NAME_BIRTH and _would_change_pay(differences, subject.match, current):
            code = Code.WOULD_CHANGE_PAY
            row = _row(subject, Decision.AMBIGUOUS, Action.NOT_WRITTEN, code, explain(code).sentence)
            row.changes = field_changes(differences)
            return PlannedRow(row)
        compared = self._with_mapping_changes(subject, compared) if differences else compared
        ownership = self._owners.settle(compared, differences)
        our_end = self._is_our_end(source_id, prepared, ownership.differences, known)
        state = self._link_states.after_write(prepared, sent, known, taken_away=taken_away, our_end=our_end)
        state = ownership.remember(self._link_states, state, compared)
        if not ownership.differences:
            return self._keep(subject, current, state, ownership)
        return self._write(subject, current, state, ownership)

    def _write(
        self, subject: Subject, current: TargetRecord, state: StoredState, ownership: Ownership
    ) -> Planned:
        """Return the decision on an employee with something to write, without the fields that wait."""
        prepared, version = ownership.not_sent, subject.record.source_version
        ends = prepared.ends_employment and prepared.end_field not in prepared.create_only
        if prepared.end_field is not None:  # something else of somebody whose end the target has is an update
            ends = ends and any(each.field.name == prepared.end_field for each in ownership.differences)
        row = _row(subject, Decision.TERMINATE if ends else Decision.UPDATE, Action.PENDING, ownership.reason)
        row.changes = ownership.changes()
        if ownership.waiting:
            row.warnings, version = [*(row.warnings or ()), *ownership.warnings()], None
        return PlannedWrite(row, Payload(prepared, current, version, state.pack()))

    def _with_mapping_changes(self, subject: Subject, compared: Compared) -> Compared:
        """Return an employee with what differs only because the mapping has changed since they were last compared."""
        employee, linked = subject.record.employee, subject.linked
        if self.mapping_changes is None or employee is None or linked is None or linked.as_mapped:
            return compared
        return replace(compared, by_mapping=self.mapping_changes.find(employee, compared))

    def _is_our_end(
        self,
        source_id: str,
        prepared: Prepared,
        differences: Sequence[diff.Difference],
        known: StoredState,
    ) -> bool:
        """Return whether the target has the end of the employment from us: written now, or before."""
        name = prepared.end_field
        if name is None or not prepared.ends_employment:
            return False
        return any(difference.field.name == name for difference in differences) or (
            self._link_states.is_our_end(source_id, name, prepared.values.get(name), known)
        )

    def _with_end(
        self, subject: Subject, prepared: Prepared, current: TargetRecord, known: StoredState
    ) -> Subject:
        """Return the employee with what is done or said about an end that the target has.

        Without a source version, the next run reads them again: an end is still to come, or a person has to act.
        """
        look_again = subject.prepared is not None and len(prepared.warnings) > len(subject.prepared.warnings)
        if (ongoing := prepared.ongoing) is not None:
            source_id = subject.record.source_id
            prepared = rehires.reopen_or_warn(
                prepared,
                ongoing,
                current,
                self._fields,
                self._today,
                is_ours=lambda end: self._link_states.is_our_end(source_id, ongoing.end_field, end, known),
            )
            look_again = look_again or rehires.ends_later(ongoing, current, self._today)
        record = replace(subject.record, source_version=None) if look_again else subject.record
        return subject._replace(prepared=prepared, record=record)

    def _keep(
        self, subject: Subject, current: TargetRecord, state: StoredState, ownership: Ownership
    ) -> Planned:
        """Return the decision on an employee who need not be written: their link is stored unless it is up to date.

        While a field waits for a person, the next run compares the employee again: no source version is stored.
        """
        record, linked = subject.record, subject.linked
        row = _row(subject, Decision.NO_CHANGE, Action.SKIPPED)
        if ownership.waiting:
            row, record = _held(subject, ownership), replace(record, source_version=None)
        has_left_both = subject.is_unlisted and record.employee is not None and record.employee.terminated
        listed = self._target_index.listed_digest(current.target_id)
        open_fields = ownership.open_fields
        state = self._link_states.with_shown(
            record.source_id, state, current, listed, open_fields=open_fields
        )
        state = state._replace(identity=self._identity_digests.digest(record.source_id, current.values))
        link = (current.target_id, state.pack(), record.source_version)
        if (
            linked is not None
            and linked.recent
            and (linked.target_id, linked.state, linked.source_version) == link
        ):
            return PlannedRow(row, has_left_both and not ownership.waiting)
        return PlannedLink(
            row, LinkRow(record.source_id, *link, row.matched_by), has_left_both and not ownership.waiting
        )

    def _differences(
        self, prepared: Prepared, current: TargetRecord, sent: Sent, known: StoredState
    ) -> Sequence[diff.Difference]:
        """Return what has to change; a field the target hides counts unless exactly this was written last."""
        new_spelling = self._link_states.is_spelled_differently(sent, known)
        comparison = diff.compare(self._fields, prepared, current, new_spelling=new_spelling)
        is_as_written = self._link_states.is_written(sent, prepared, known)
        return comparison.differences if is_as_written else comparison.differences + comparison.unseen


def _held(subject: Subject, ownership: Ownership) -> Row:
    """Return the row of an employee who is not written, because all that differs waits for a person."""
    code = ownership.waiting[0].code
    row = _row(subject, Decision.HELD, Action.NOT_WRITTEN, code, explain(code).sentence)
    row.changes = ownership.waiting_changes()
    row.warnings = [*(row.warnings or ()), *ownership.warnings()]
    return row


def held_with(source_id: str) -> Problem:
    """Return why an employee is not written while another record of theirs is on hold."""
    return Problem(Reason.ON_HOLD, OTHER_ON_HOLD.format(source_id=source_id))


def _is_transferred_away(subject: Subject, problem: Problem) -> bool:
    """Return whether a linked employee is excluded by a status that says that another record continues."""
    is_excluded = subject.linked is not None and problem.reason is Reason.NOT_IN_SCOPE
    return is_excluded and other_records.left_as(subject.record.employee) in other_records.MOVES


def _would_change_pay(differences: Sequence[diff.Difference], match: Match, current: TargetRecord) -> bool:
    """Return whether a match by name would replace a bank account or a tax number.

    A blank one is filled where full name and birth date agree. One that the target hides may hold a value.
    """
    return any(
        not (match.is_exact and difference.before is None and difference.field.name in current.values)
        for difference in differences
        if difference.field.concern is Concern.BANK or difference.field.identity is Identity.TAX_NUMBER
    )


def _lasts(subject: Subject, problem: Problem) -> bool:
    """Return whether a problem stays until the employee changes, with any content of the target.

    What rests on the day as well is looked at again on the day that ``next_change`` gives.

    An employee without a link who could match somebody at the target is read in every run, so that nobody else is
    matched to that record.
    """
    if problem.verdict is not Verdict.FILTER or problem.reason is Reason.ON_HOLD:
        return False
    return not subject.match.claimed_slots() if subject.linked is None else not is_already_left(problem)


def _problem(subject: Subject, problem: Problem, *, lasts: bool = False) -> Planned:
    if problem.verdict is Verdict.ERROR:
        row = _row(subject, Decision.ERROR, Action.FAILED, problem.reason, problem.message)
    else:
        row = _row(subject, Decision.FILTERED, Action.SKIPPED, problem.reason, problem.message)
    return PlannedRow(row, lasts)


def _row(
    subject: Subject,
    decision: Decision,
    action: Action,
    reason: str | None = None,
    message: str | None = None,
) -> Row:
    record, prepared, target_id = subject.record, subject.prepared, _target_id(subject)
    row = Row(subject.position, record.source_id, record.name, decision, action, target_id, reason, message)
    row.matched_by = subject.match.matched_by
    if prepared is not None and prepared.warnings and decision is not Decision.FILTERED:
        row.warnings = warning_rows(prepared.warnings)
    return row


def _target_id(subject: Subject) -> str | None:
    if subject.current is not None:
        return subject.current.target_id
    if subject.linked is not None and (subject.prepared is None or subject.is_as_written):
        return subject.linked.target_id
    return None


def join_problems(problems: Sequence[Problem]) -> Problem | None:
    """Join the problems of one employee into the one that its row shows: errors weigh more than filters."""
    if not problems:
        return None
    errors = [problem for problem in problems if problem.verdict is Verdict.ERROR]
    worst = (errors or list(problems))[0]
    messages = dict.fromkeys(problem.message for problem in problems)
    return Problem(worst.reason, " ".join(messages), worst.field, worst.verdict)

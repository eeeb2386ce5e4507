"""The form in which an employee is kept: plain values in a fixed order, many of them in one ciphertext.

Only what a list of people needs. Never tax, bank, super, birth, contact or pay values: of those, at most that something
is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple, cast

from connectors.contract.employee import Employee
from connectors.contract.records import Prepared, Problem, Reason, SourceRecord, Unmapped, Verdict
from core.people.super_gaps import SuperGap, find_gaps
from core.scope.condition_days import KEPT_ROOTS, Outlook
from core.security.vault import vault

# One kept employee as JSON has it: the fields of `Person` in their order, without the outcome.
Entry = tuple[Any, ...]
LONGEST_VALUE = 100
# How many values an entry has.
LENGTH = 19
# Why the condition of a scope excludes somebody.
BY_CONDITION = frozenset({Reason.NOT_IN_SCOPE, Reason.UNKNOWN_STATUS, Reason.SCOPE_UNDECIDED})


class Finding(NamedTuple):
    """One reason why the target would not accept an employee, or would not get a value of theirs.

    ``field`` is the target's field, ``label`` what HR calls it. ``value`` is the source's value that the target has no
    value for, where it may be named. ``stops``: the employee is not written for it.
    """

    reason: str
    label: str
    field: str
    value: str | None
    stops: bool
    is_error: bool


class Person(NamedTuple):
    """One kept employee.

    ``reason`` says why the last run did not write them by their data or the scope; None when it would.
    ``condition`` is what the scope's condition says from a day on, None where what is kept can tell.
    ``unread`` are the kept fields that the source did not show. ``records`` are its other records of the same person.
    ``other_pay``: they were not written, and the target has other pay details than the source.
    ``outcome`` is what it said once everybody had been read (*Employed again*). ``super_gaps`` is None for people
    who are not paid in Australia.
    """

    source_id: str
    name: str
    employee_number: str | None
    status: str | None
    branch_id: str | None
    branch: str | None
    employment_type: str | None
    start_date: date | None
    end_date: date | None
    region: str | None
    at_target: bool
    reason: str | None
    is_error: bool
    findings: tuple[Finding, ...]
    super_gaps: tuple[SuperGap, ...] | None
    condition: tuple[tuple[date | None, str | None], ...] | None = None
    unread: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    other_pay: bool = False
    outcome: str | None = None


# One function, because the order of the values is the form.
def make_entry(
    record: SourceRecord,
    prepared: Prepared | None,
    reason: str | None,
    *,
    is_error: bool,
    at_target: bool,
    condition: Outlook | None = None,
    records: Collection[str] = (),
    other_pay: bool = False,
) -> Entry:
    """Return what is kept of an employee who was decided on; ``reason`` is why they are not written.

    ``condition``, ``records`` and ``other_pay`` are those of ``Person``.
    """
    employee, source_id = record.employee, record.source_id[:200]
    if employee is None:
        nothing = (None,) * 8
        return (
            source_id,
            record.name,
            *nothing,
            at_target,
            reason,
            is_error,
            (),
            None,
            None,
            (),
            (),
            other_pay,
        )
    return (
        source_id,
        record.name,
        *_listed(employee),
        at_target,
        reason,
        is_error,
        () if prepared is None else _findings(prepared),
        find_gaps(employee),
        condition,
        sorted(KEPT_ROOTS & employee.unread) if employee.unread else (),
        sorted(each[:200] for each in records) if records else (),
        other_pay,
    )


def _listed(employee: Employee) -> Entry:
    address = employee.address
    return (
        employee.employee_number,
        employee.status,
        employee.branch_id,
        employee.branch,
        employee.employment_type,
        employee.start_date,
        employee.end_date,
        None if address is None else address.state,
    )


def _findings(prepared: Prepared) -> Sequence[Entry]:
    if not prepared.problems and not prepared.unmapped:
        return ()
    unmapped = {each.name: each.value for each in prepared.unmapped}
    stopped = {problem.name for problem in prepared.problems}
    found = [_finding(problem, unmapped.get(problem.name or "")) for problem in prepared.problems]
    return [*found, *(_left_out(each) for each in prepared.unmapped if each.name not in stopped)]


def _finding(problem: Problem, value: str | None) -> Entry:
    label, is_error = problem.field or problem.name or "", problem.verdict is Verdict.ERROR
    return (problem.reason, label, problem.name or "", _cut(value), True, is_error)


def _left_out(value: Unmapped) -> Entry:
    return (Reason.NO_VALUE_MAP, value.label, value.name, _cut(value.value), False, False)


def _cut(value: str | None) -> str | None:
    return None if value is None else value[:LONGEST_VALUE]


def seal(entries: Sequence[Entry]) -> bytes:
    """Return one ciphertext with all of them."""
    return vault().seal(entries)


def unseal(ciphertext: bytes) -> list[Entry]:
    """Return what was sealed, as JSON has it. Raises StartError when no key fits."""
    return cast("list[Entry]", vault().open(ciphertext))


def unseal_all(ciphertexts: Iterable[bytes]) -> Iterator[list[Entry]]:
    """Yield what was sealed in each. Raises StartError when no key fits."""
    return cast("Iterator[list[Entry]]", vault().open_each(ciphertexts))


def numbers_of(entries: Iterable[Sequence[Any]]) -> dict[str, str | None]:
    """Return the employee numbers of unsealed entries by source id, without making people of them."""
    return {entry[0]: entry[2] for entry in entries}


def to_person(entry: Sequence[Any], outcome: str | None = None) -> Person:
    """Return the employee of an unsealed entry."""
    start, end, region, at_target, reason, is_error, findings, gaps, condition, unread, records, other_pay = (
        entry[7:] if len(entry) == LENGTH else _from_before(entry[7:])
    )
    return Person._make(
        (
            *entry[:7],
            start and date.fromisoformat(start),
            end and date.fromisoformat(end),
            region,
            at_target,
            reason,
            is_error,
            tuple([Finding(*finding) for finding in findings]) if findings else (),
            None if gaps is None else tuple([SuperGap(gap) for gap in gaps]),
            condition and tuple([(day and date.fromisoformat(day), code) for day, code in condition]),
            tuple(unread),
            tuple(records),
            other_pay,
            outcome,
        )
    )


def _from_before(kept: Sequence[Any]) -> Sequence[Any]:
    """Return the end of an entry in today's form, of one that a run of an earlier version has kept."""
    if len(kept) == LENGTH - 7 - 1:
        return (*kept, False)
    *others, _changes_on = kept
    reason = kept[4]
    return (*others, [[None, reason if reason in BY_CONDITION else None]], (), (), False)

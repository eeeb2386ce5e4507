"""Apply the owners of fields to one employee: what is sent, what is left to the target, and what waits for a person.

One file, because the state of a field, the decision about it and what is remembered of it have to agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from connectors.contract.fields import LEFT_TO_TARGET, Field, FieldType, Owner
from connectors.contract.records import Prepared, TargetRecord
from connectors.values.redaction import is_masked
from core.models import ConflictState, ProblemKind
from core.problems import field_conflicts
from core.runs.affected import Affected
from core.runs.outcome_catalogue import Code, Fixer
from core.sync.compare.canonical import canonical, national_form
from core.sync.compare.changes import field_changes
from core.sync.compare.diff import Difference
from core.sync.compare.link_state import (
    NOTHING,
    SENT,
    SHOWN,
    TAKEN_AWAY,
    WAS_BLANK,
    LinkStates,
    Sent,
    StoredState,
)
from core.sync.ownership.decision_table import SENT_DECISIONS, Choice, FieldDecision, FieldState, decide
from core.sync.store.field_conflicts import ConflictChanges, ConflictRow, Conflicts

SAID = {FieldDecision.CORRECT: Code.CHANGED_IN_PAYROLL, FieldDecision.OVERRULE: Code.BOTH_CHANGED}
TOKEN_BYTES = 8


@dataclass(frozen=True, slots=True)
class Compared:
    """One employee at both ends, with what would be sent and what is known of the last write."""

    position: int
    source_id: str
    name: str
    prepared: Prepared
    current: TargetRecord
    sent: Sent
    known: StoredState
    # The fields that differ only because the mapping has changed (ownership/mapping_changes.py).
    by_mapping: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Unit:
    """One field in which the two systems differ, or the parts of one value; ``key`` is the name of the first part."""

    key: str
    parts: Sequence[str]
    differences: list[Difference]

    @property
    def owner(self) -> Owner:
        """Return whose value counts: one part that is asked about is enough to ask."""
        owners = {each.field.owner for each in self.differences}
        return Owner.ASK if Owner.ASK in owners else next(iter(owners))


@dataclass(slots=True)
class Ownership:
    """What the owners of the fields leave of the differences of one employee."""

    prepared: Prepared
    # What is written, and by field why, where the target or the mapping has changed.
    differences: list[Difference] = field(default_factory=list)
    reasons: dict[str, Code] = field(default_factory=dict)
    # Fields that wait for a person; fields of which a person has decided that the target's value is kept; fields in
    # which it counts anyway; and fields in which the two agree as far as the target shows it.
    held: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    agreed: list[str] = field(default_factory=list)
    waiting: list[ConflictRow] = field(default_factory=list)
    # The keys of what is written, and of what stays a difference.
    sent_keys: list[str] = field(default_factory=list)
    open_keys: list[str] = field(default_factory=list)

    @property
    def reason(self) -> Code | None:
        """Return why the employee is updated, where the target or the mapping, and not the HR system, is the cause."""
        codes = {self.reasons.get(each.field.name) for each in self.differences}
        said = next((code for code in SAID.values() if code in codes), None)
        return Code.MAPPING_CHANGED if codes == {Code.MAPPING_CHANGED} else said

    def changes(self) -> list[dict[str, str | None]]:
        """Return what is written as the record's row keeps it, with why where the HR system has not changed it."""
        changes = field_changes(self.differences)
        for change in changes:
            if (reason := self.reasons.get(str(change["field"]))) is not None:
                change["reason"] = reason.value
        return changes

    def waiting_changes(self) -> list[dict[str, str | None]]:
        """Return the fields that wait as the record's row keeps them."""
        return [dict(value) for row in self.waiting for value in row.values]

    def warnings(self) -> list[dict[str, str]]:
        """Return what the record's row says about the fields that wait for a person."""
        return [
            {
                "code": row.code,
                "message": field_conflicts.message(row.label, row.code),
                "field": row.field,
                "fixer": row.fixer.value,
                "kind": ProblemKind.FIELD_CONFLICT.value,
            }
            for row in self.waiting
        ]

    @property
    def not_sent(self) -> Prepared:
        """Return the employee with all fields that are not written among those that are left to the target."""
        names = {*self.open_fields, *self.left, *self.agreed}
        return (
            replace(self.prepared, create_only=self.prepared.create_only | names) if names else self.prepared
        )

    @property
    def open_fields(self) -> list[str]:
        """Return the fields in which the difference stays one."""
        return [*self.held, *self.kept]

    def remember(self, states: LinkStates, state: StoredState, compared: Compared) -> StoredState:
        """Return the state of the link: of open fields what was known before, of left ones what the target shows.

        Of a kept field of which nothing was sent, what the target shows tells later when it is another one.
        """
        known = compared.known
        state = states.with_open(state, known, self.open_fields)
        unsent = [name for name in self.kept if states.field(name, known)[SENT] == NOTHING]
        return states.with_left(compared.source_id, state, known, compared.current, [*self.left, *unsent])


class FieldOwners:
    """Decides for the fields of one target; ``conflicts`` are those that earlier runs have found."""

    def __init__(
        self, fields: Iterable[Field], link_states: LinkStates, conflicts: Conflicts, *, first_run: bool
    ) -> None:
        self._fields = {field.name: field for field in fields}
        self._states, self._conflicts, self._first_run = link_states, conflicts, first_run
        self._left = [field for field in self._fields.values() if field.owner in LEFT_TO_TARGET]
        self._never = frozenset(field.name for field in self._left if field.owner is Owner.TARGET)
        self._groups: dict[str, list[str]] = {}
        for each in self._fields.values():
            if each.group is not None:
                self._groups.setdefault(each.group, []).append(each.name)
        self._waiting: dict[int, list[ConflictRow]] = {}
        self._compared: dict[int, tuple[str, list[str]]] = {}
        self._applied: dict[int, list[tuple[str, str]]] = {}

    def has_conflict(self, source_id: str) -> bool:
        """Return whether earlier runs have found a field in which the two systems differ, decided or not."""
        return source_id in self._conflicts

    def is_open(self, source_id: str) -> bool:
        """Return whether an employee is compared although the HR system has not changed: a decision is due, or made."""
        stored = self._conflicts.get(source_id)
        return stored is not None and any(not one.is_kept for one in stored.values())

    def without_target_owned(self, prepared: Prepared) -> Prepared:
        """Return a new employee without the fields that are never sent."""
        if self._never.isdisjoint(prepared.values):
            return prepared
        values = {name: value for name, value in prepared.values.items() if name not in self._never}
        return replace(prepared, values=values)

    def leave_to_target(self, compared: Compared) -> Compared:
        """Return an employee whose fields that belong to the target are among those that are not sent."""
        prepared = compared.prepared
        left = [
            each.name
            for each in self._left
            if each.name in prepared.values
            and each.name not in prepared.create_only
            and not self._may_fill(each, compared)
        ]
        if not left:
            return compared
        return replace(compared, prepared=replace(prepared, create_only=prepared.create_only.union(left)))

    def _may_fill(self, each: Field, compared: Compared) -> bool:
        before = compared.current.values.get(each.name)
        difference = Difference(each, before, compared.prepared.values[each.name])
        state = self._field_state(Unit(each.name, [each.name], [difference]), compared)
        decision = decide(each.owner, state, also_when_blank=each.also_when_blank)
        return decision is FieldDecision.WRITE

    def settle(self, compared: Compared, differences: Sequence[Difference]) -> Ownership:
        """Return what the owners leave of the differences of one employee.

        Which fields wait, and which decisions of people are carried out, is remembered for the store.
        """
        result, source_id = self._judge(compared, differences), compared.source_id
        if stored := self._conflicts.get(source_id, {}):
            over = compared.prepared.blank | compared.prepared.forgotten
            ended = [name for name in stored if name not in compared.sent and name not in over]
            applied = [key for key in result.sent_keys if key in stored]
            self._compared[compared.position] = (source_id, [*ended, *result.open_keys, *applied])
            if applied:
                self._applied[compared.position] = [(source_id, key) for key in applied]
        if result.waiting:
            self._waiting[compared.position] = result.waiting
        return result

    def _judge(self, compared: Compared, differences: Sequence[Difference]) -> Ownership:
        result = Ownership(compared.prepared)
        for unit in self._units(compared.prepared, differences):
            _add(result, unit, *self._decide(unit, compared), compared.by_mapping)
        written = {each.field.name for each in result.differences}
        result.differences = [each for each in differences if each.field.name in written]
        return result

    def _units(self, prepared: Prepared, differences: Sequence[Difference]) -> Iterable[Unit]:
        units: dict[str, Unit] = {}
        for each in differences:
            key = each.field.group or each.field.name
            if key not in units:
                parts = [
                    name
                    for name in self._groups.get(key, [key])
                    if name in prepared.values and name not in prepared.create_only
                ]
                units[key] = Unit(key, parts, [])
            units[key].differences.append(each)
        return units.values()

    def _decide(self, unit: Unit, compared: Compared) -> tuple[FieldDecision, ConflictRow]:
        state, row = self._field_state(unit, compared), self._row(unit, compared)
        stored = self._conflicts.get(compared.source_id, {}).get(unit.key)
        choice = None
        if stored is not None:
            choice = Choice(stored.state, (stored.sent, stored.shown) == (row.sent, row.shown))
        fills = all(each.field.also_when_blank for each in unit.differences)
        decision = decide(unit.owner, state, choice, first_run=self._first_run, also_when_blank=fills)
        asks_hr = choice is not None and choice.is_current and choice.state is ConflictState.ASK_HR
        fixer = Fixer.HR if asks_hr else Fixer.ADMIN
        return decision, row._replace(code=_code(state), fixer=fixer)

    def _row(self, unit: Unit, compared: Compared) -> ConflictRow:
        source_id, current = compared.source_id, compared.current
        return ConflictRow(
            source_id,
            current.target_id,
            compared.name,
            unit.key,
            ", ".join(each.field.label for each in unit.differences),
            "",
            _token(self._sent(name, compared) for name in unit.parts),
            _token(self._states.shown(source_id, name, current) for name in unit.parts),
            field_changes(unit.differences),
        )

    def _field_state(self, unit: Unit, compared: Compared) -> FieldState:
        is_known = source_changed = target_changed = False
        for name in unit.parts:
            known = self._states.untouched_field(compared.source_id, name, compared.known, compared.current)
            is_known = is_known or known[SENT] != NOTHING or self._is_first_value(name, known, compared)
            is_other = bool(known[0] & TAKEN_AWAY) or self._sent(name, compared) != known[SENT]
            source_changed = source_changed or is_other
            target_changed = target_changed or self._target_changed(name, known, compared)
        old = self._states.owner_before(unit.differences[0].field.name, compared.known)
        if (
            old is not None and old is not unit.differences[0].field.owner
        ):  # nothing is called drift in hindsight
            is_known, target_changed = True, False
            source_changed = source_changed or old in LEFT_TO_TARGET
        before = [(each, compared.current.values.get(each.field.name)) for each in unit.differences]
        shown = [each.field.name in compared.current.values for each in unit.differences]
        return FieldState(
            is_known,
            source_changed,
            target_changed,
            all(shown) and all(canonical(value, each.field.type) is None for each, value in before),
            not any(shown),
            all(is_masked(value) and _ends_alike(each.after, value) for each, value in before),
        )

    def _is_first_value(self, name: str, known: bytes, compared: Compared) -> bool:
        """Return whether a person is asked about a field that the HR system, or the mapping, has first given a value.

        What the target showed before that is known, so that this is no first sight of it.
        """
        field = self._fields.get(name)
        if field is None or field.owner is not Owner.ASK or known[SHOWN] == NOTHING:
            return False
        return bool(known[0] & WAS_BLANK) or name in compared.by_mapping

    def _sent(self, name: str, compared: Compared) -> bytes:
        value = compared.prepared.values[name]
        return compared.sent.get(name) or self._states.hash_of(compared.source_id, name, value)

    def _target_changed(self, name: str, known: bytes, compared: Compared) -> bool:
        """Return whether the target shows another value than after the last write; without one, than was sent."""
        if name not in compared.current.values:
            return False
        value, expected = compared.current.values[name], known[SHOWN]
        if expected == NOTHING:
            expected = known[SENT]
            if expected == NOTHING or is_masked(value):
                return False
        if self._states.shown(compared.source_id, name, compared.current) == expected:
            return False
        is_phone = name in self._fields and self._fields[name].type is FieldType.PHONE
        other = national_form(value) if is_phone else None
        return other is None or self._states.hash_of(compared.source_id, name, other) != expected

    def first_changes(self, withdrawn: Collection[int]) -> Affected:
        """Return the employees whose values the first run of the pairing would have overwritten.

        Those at the positions ``withdrawn`` are not compared after all.
        """
        affected = Affected()
        if self._first_run:
            for position, rows in sorted(self._waiting.items()):
                if position not in withdrawn and any(row.code == Code.FIRST_CHANGES for row in rows):
                    affected.add(position)
        return affected

    def found(self, withdrawn: Collection[int]) -> ConflictChanges:
        """Return what to store, without the employees at some positions, who are not compared after all."""
        return ConflictChanges(
            {source: fields for at, (source, fields) in self._compared.items() if at not in withdrawn},
            [row for at, rows in self._waiting.items() if at not in withdrawn for row in rows],
            [one for at, applied in self._applied.items() if at not in withdrawn for one in applied],
        )


def _add(
    result: Ownership, unit: Unit, decision: FieldDecision, row: ConflictRow, by_mapping: frozenset[str]
) -> None:
    if decision in SENT_DECISIONS:
        result.differences += unit.differences
        result.sent_keys.append(unit.key)
        names = [each.field.name for each in unit.differences]
        if decision in SAID:
            result.reasons.update(dict.fromkeys(names, SAID[decision]))
        elif by_mapping.issuperset(names):
            result.reasons.update(dict.fromkeys(names, Code.MAPPING_CHANGED))
    elif decision is FieldDecision.LEAVE:
        result.left += unit.parts
    elif decision is FieldDecision.AGREE:
        result.agreed += unit.parts
    elif decision is FieldDecision.KEEP:
        result.kept += unit.parts
        result.open_keys.append(unit.key)
    else:
        result.held += unit.parts
        result.open_keys.append(unit.key)
        result.waiting.append(row)


def _code(state: FieldState) -> Code:
    if not state.is_known:
        return Code.FIRST_CHANGES
    return Code.BOTH_CHANGED if state.source_changed else Code.CHANGED_IN_PAYROLL


def _token(hashes: Iterable[bytes]) -> bytes:
    """Return one hash of the values of all parts; their hashes are keyed."""
    return hashlib.blake2b(b"".join(hashes), digest_size=TOKEN_BYTES).digest()


def _ends_alike(ours: object, masked: object) -> bool:
    """Return whether a masked value may be ours, as far as its end shows."""
    digits = [letter for letter in str(masked) if letter.isalnum() and letter.casefold() != "x"]
    end = "".join(digits).casefold()
    return bool(end) and "".join(filter(str.isalnum, str(ours))).casefold().endswith(end)

"""The effect of rules that ask for fields which are not kept: a run reads all employees and writes nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select

from connectors.contract.records import Problem, Reason
from core.db import reading
from core.errors import InvalidError
from core.mapping import document as documents
from core.mapping import previews, versions
from core.models import MappingPreview, Record, Run, RunKind, RunSelection, RunStatus
from core.people import listing
from core.people.entries import Person
from core.scope.condition_days import places_not_kept
from core.scope.rules import ScopeRules
from core.scope_editor import effect, rule_documents
from core.scope_editor.current import ScopeView, find_rule_faults, get_scope
from core.scope_editor.effect import ScopeEffect
from core.security.actor import Actor

# Why somebody is not in scope.
OUT = frozenset(
    {
        *(Reason.NOT_IN_SCOPE, Reason.SCOPE_UNDECIDED, Reason.EXCLUDED, Reason.FUTURE_START),
        *(Reason.LEFT_EARLIER, Reason.ON_HOLD, Reason.UNKNOWN_STATUS),
    }
)
NOT_READ_BEFORE: Problem | None = Problem(Reason.NOT_IN_SCOPE, "")
WAITING = frozenset({RunStatus.QUEUED, RunStatus.RUNNING})
# The runs whose time says how long the next one takes.
LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class FullReading:
    """The preview that reads everybody for some rules; ``effect`` is None until it has ended."""

    run_id: int
    is_waiting: bool
    message: str | None
    effect: ScopeEffect | None


def minutes(actor: Actor, connection_id: int) -> int | None:
    """Return about how long it takes to read everybody, from the longest of the last runs; None before the first."""
    get_scope(actor, connection_id)
    is_of_chosen = exists().where(RunSelection.run_id == Run.id)
    query = (
        select(Run.started_at, Run.ended_at)
        .where(Run.connection_id == connection_id, Run.kind != RunKind.SELECTED, ~is_of_chosen)
        .where(Run.status == RunStatus.COMPLETE, Run.started_at.is_not(None), Run.ended_at.is_not(None))
        .order_by(Run.id.desc())
        .limit(LOOKED_AT)
    )
    with reading() as session:
        took = [end - start for start, end in session.execute(query) if start and end]
    return max(1, math.ceil(max(took) / timedelta(minutes=1))) if took else None


def start(actor: Actor, connection_id: int, rules: ScopeRules, *, based_on: int) -> int:
    """Start to read everybody in the background and return the run. Nothing is written, and nothing is saved.

    Raises InvalidError with each fault of the rules, or when the connection is not Active.
    """
    view = get_scope(actor, connection_id)
    if faults := find_rule_faults(view, rules):
        raise InvalidError(" ".join(faults))
    base = versions.get(actor, connection_id, based_on)
    document = rule_documents.with_rules(base.document, rules, view.job_scope)
    return previews.start(actor, connection_id, document, based_on=based_on)


def find(actor: Actor, connection_id: int, rules: ScopeRules) -> FullReading | None:
    """Return the latest reading for exactly these rules; None when everybody was never read for them."""
    view = get_scope(actor, connection_id)
    base = versions.get(actor, connection_id, view.version)
    digest = documents.digest(rule_documents.with_rules(base.document, rules, view.job_scope))
    query = (
        select(Run)
        .join(MappingPreview, MappingPreview.run_id == Run.id)
        .where(Run.connection_id == connection_id, MappingPreview.digest == digest)
        .order_by(Run.id.desc())
        .limit(1)
    )
    with reading() as session:
        run = session.scalar(query)
    if run is None:
        return None
    is_read = run.status is RunStatus.COMPLETE and run.ended_at is not None
    found = _effect(view, run.id, run.ended_at) if is_read else None
    return FullReading(run.id, run.status in WAITING, run.message, found)


def best_known(actor: Actor, connection_id: int, rules: ScopeRules) -> ScopeEffect:
    """Return the effect of rules: what a full reading says where the rules need one and there is one."""
    estimated = effect.estimate(actor, connection_id, rules)
    full = find(actor, connection_id, rules) if estimated.not_kept else None
    return estimated if full is None or full.effect is None else full.effect


def _effect(view: ScopeView, run_id: int, read_at: datetime | None) -> ScopeEffect:
    """Return what a preview has said of everybody, beside what the rules in force say now.

    Where these ask for what is not kept, what the last run said counts.
    """
    query = select(Record.source_id, Record.name, Record.reason, Record.message, Record.target_id)
    with reading() as session:
        rows = session.execute(query.where(Record.run_id == run_id)).all()
    kept = {person.source_id: person for person in listing.everybody_linked(view.pairing_id)}
    before = None if places_not_kept(view.rules) else effect.compile_rules(view, view.rules)
    judged = []
    for row in rows:
        person = kept.get(row.source_id)
        if person is None:  # nobody has read them before
            person, old = _newcomer(row.source_id, row.name, at_target=bool(row.target_id)), NOT_READ_BEFORE
        else:
            old = _problem(person.reason) if before is None else effect.judge_kept(before, person)
        judged.append((person, old, _problem(row.reason, row.message)))
    return effect.collect(judged, read_at)


def _newcomer(source_id: str, name: str, *, at_target: bool) -> Person:
    unknown = (None, None, None, None, None, None, None, None)
    return Person(source_id, name, *unknown, at_target, None, False, (), None)


def _problem(reason: str | None, message: str | None = None) -> Problem | None:
    return Problem(Reason(reason), message or "") if reason in OUT else None

"""The scope in force of a connection, as the Scope tab and the command line show it."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.contract.branches import BranchTree
from connectors.contract.errors import ConnectorError
from connectors.contract.protocols import Source
from connectors.mapping.conditions.faults import find_faults
from connectors.mapping.conditions.wording import describe
from connectors.rest.employee_places import ANY, EmployeePlaces
from core.db import reading, transaction
from core.errors import InvalidError
from core.mapping import checking, stored
from core.mapping import document as documents
from core.mapping.stored import Version
from core.models import Connection, Job
from core.people import listing
from core.runs import options
from core.runs.options import Scope
from core.scope import branches, holds, in_force
from core.scope.rules import ScopeRules, from_document
from core.security.actor import Actor, Permission
from core.security.ownership import require_connection
from core.sides import systems


@dataclass(frozen=True, slots=True)
class ScopeView:
    """The rules in force. ``version`` is the number to base a change on; ``title`` says who saved it."""

    connection_id: int
    pairing_id: int | None
    rules: ScopeRules
    version: int
    title: str
    saved: Version
    today: date
    branches: BranchTree | None
    most_fewer: int | None
    # The scope in the job's settings, which counts where a version says nothing.
    job_scope: Scope
    # What the employees of the source have.
    places: EmployeePlaces = ANY

    @property
    def sentences(self) -> list[str]:
        """Return the rules in words, one sentence for each."""
        return describe_rules(self.rules, self.branches, self.places)


def get_scope(actor: Actor, connection_id: int) -> ScopeView:
    """Return the scope in force. Raises NotFoundError, ForbiddenError or ConfigError."""
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS)
        return _view(session, connection)


def _view(session: Session, connection: Connection) -> ScopeView:
    version = stored.current(session, connection.id)
    settings = session.scalar(select(Job.settings).where(Job.connection_id == connection.id))
    parsed = options.parse(settings or {})
    return ScopeView(
        connection.id,
        connection.pairing_id,
        from_document(documents.to_json(version.document), parsed.scope),
        version.number,
        version.title,
        version,
        holds.today_in(session, connection.account_id),
        branches.load(session, connection.pairing_id),
        parsed.limits.most_fewer,
        parsed.scope,
        checking.source_places(session, connection.id),
    )


def read_branches(actor: Actor, connection_id: int) -> int:
    """Read the branches of the source and return how many there are.

    Raises InvalidError when the source does not say which branches it has, or does not respond.
    """
    with reading() as session:
        require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS)
    try:
        pair = systems.load_system_pair(connection_id)
        tree = asyncio.run(_read(pair.source))
    except ConnectorError as error:
        raise InvalidError(str(error)) from error
    with transaction() as session:
        branches.save(session, pair.pairing_id, tree)
    return len(tree.branches)


async def _read(source: Source) -> BranchTree:
    async with source:
        return await in_force.read_branches(source)


def find_rule_faults(view: ScopeView, rules: ScopeRules) -> list[str]:
    """Return what is wrong with rules for a source, each as a sentence with the number of the condition."""
    if rules.condition is None:
        return []
    faults = find_faults(rules.condition, view.places, for_scope=True, branches=view.branches)
    return [f"Condition {fault.number}: {fault.sentence}" for fault in faults]


def describe_rules(rules: ScopeRules, tree: BranchTree | None, places: EmployeePlaces = ANY) -> list[str]:
    """Return rules in words, one sentence for each."""
    condition = rules.condition
    said = describe(condition, places, tree) if condition is not None else ""
    sentences = [f"Synced: employees with: {said}." if said else "Synced: all employees."]
    if rules.days_before is not None:
        sentences.append(f"Starters: from {rules.days_before} days before their start.")
    if rules.days_after is not None:
        sentences.append(f"Leavers: until {rules.days_after} days after their end.")
    for label, ids in (("Always synced", rules.include), ("Never synced", rules.exclude)):
        if ids:
            sentences.append(f"{label}: {_listed(ids)}.")
    return sentences


def _listed(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:10])
    return shown if len(ids) <= 10 else f"{shown} and {len(ids) - 10} more"


def people_names(actor: Actor, connection_id: int) -> dict[str, str]:
    """Return the name of each employee that the last run read, by source id."""
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS)
        pairing_id = connection.pairing_id
    people = sorted(listing.everybody(pairing_id), key=listing.by_name)
    return {person.source_id: person.name for person in people}


def find_source_id(actor: Actor, connection_id: int, typed: str) -> str:
    """Return the source id of the employee who is meant: by source id, employee number, name, or a part of the name.

    What fits nobody is returned as it is: the id of an employee that no run has read. Raises InvalidError where it fits
    several.
    """
    with reading() as session:
        connection = require_connection(session, actor, connection_id, Permission.SEE_CONNECTIONS)
        pairing_id = connection.pairing_id
    wanted, people = _fold(typed), listing.everybody(pairing_id)
    if any(person.source_id == typed.strip() for person in people):
        return typed.strip()
    exact = {each.source_id for each in people if wanted in (_fold(each.name), _fold(each.employee_number))}
    found = exact or {each.source_id for each in people if wanted and wanted in _fold(each.name)}
    if len(found) > 1:
        raise InvalidError(
            f"“{typed.strip()}” fits {len(found):,} employees. Choose one of them from the list."
        )
    return found.pop() if found else typed.strip()


def _fold(name: str | None) -> str:
    """Return a name as two are compared: without accents, and in small letters with single spaces."""
    plain = unicodedata.normalize("NFKD", name or "")
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).casefold().split())

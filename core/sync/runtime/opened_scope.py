"""The scope of a run: its rules, compiled for the source as it is now."""

from __future__ import annotations

from dataclasses import replace

import structlog

from connectors.contract.branches import BranchTree
from connectors.contract.capabilities import ListsBranches
from connectors.contract.errors import ConnectorError
from connectors.rest.employee_places import EmployeePlaces
from core.scope import branches, in_force, vanished
from core.scope.in_force import ScopeInForce
from core.scope.rules import from_document
from core.sync.runtime.context import RunContext

log = structlog.get_logger()


async def open_scope(work: RunContext, source: object) -> RunContext:
    """Return the context with the scope in force, for a source that has been opened. Raises ConnectorError.

    An alert says which branches and fields the rules ask for and the source no longer has. In a preview of a draft the
    context has both scopes: that of the draft, and the one in force.
    """
    facts, places = work.facts, EmployeePlaces(work.systems.source_connector.source_fields)
    document = (facts.mapping if facts.draft is None else facts.draft) or {}
    options, today = work.options.scope, facts.today
    scope = await work.store.run(in_force.load, document, options, work.pairing_id, today)
    tree = await _branches(work, scope, source)
    compiled = scope.compile(places, tree)
    if facts.draft is None:
        gone = scope.find_vanished(places, tree)
        await work.store.run(vanished.refresh, work.lease, facts.connection_id, gone)
        return replace(work, compiled_scope=compiled)
    now_in_force = replace(scope, rules=from_document(facts.mapping or {}, work.options.scope))
    its_tree = await _branches(work, now_in_force, source)
    return replace(work, compiled_scope=compiled, scope_in_force=now_in_force.compile(places, its_tree))


async def _branches(work: RunContext, scope: ScopeInForce, source: object) -> BranchTree | None:
    """Return the branches of the source where the rules name any; read once a day, and where it matters in each run.

    What is read is stored, so that the Scope tab shows the branches by which the run has judged.
    """
    if not scope.asks_for_branches:
        return None
    if not scope.needs_branches:
        if not isinstance(source, ListsBranches):
            return None
        stored = await work.store.run(branches.load_recent, work.pairing_id)
        if stored is not None:
            return stored
    try:
        tree = await in_force.read_branches(source)
    except ConnectorError as error:
        if scope.needs_branches:
            raise
        log.warning(
            "scope.branches_not_read", connection=work.facts.connection_id, error=type(error).__name__
        )
        return None
    await work.store.run(branches.keep, work.lease, work.pairing_id, tree)
    return tree

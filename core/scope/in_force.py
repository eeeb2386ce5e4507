"""The scope that is in force for a run, ready to judge employees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from connectors.contract.branches import BranchTree
from connectors.contract.capabilities import ListsBranches
from connectors.contract.errors import ConfigError
from connectors.mapping.conditions.tree import BranchTest, tests_of
from core.db import reading
from core.models import MappingPreview, MappingVersion, Run
from core.runs.options import Scope
from core.scope import holds
from core.scope.judging import CompiledScope
from core.scope.rules import ScopeRules, from_document


@dataclass(frozen=True, slots=True)
class ScopeInForce:
    """The rules of a connection and the people on hold, on one day."""

    rules: ScopeRules
    today: date
    hold_reasons: Mapping[str, str]

    @property
    def needs_branches(self) -> bool:
        """Say whether the rules ask which branches lie below another."""
        tests = () if self.rules.condition is None else tests_of(self.rules.condition)
        return any(isinstance(test, BranchTest) and test.below for _, test in tests)

    async def compile(self, source: object) -> CompiledScope:
        """Return what judges employees. Reads the branches of the source, already opened, where the rules need them.

        Raises ConnectorError.
        """
        branches = await read_branches(source) if self.needs_branches else None
        return CompiledScope(self.rules, self.today, holds=self.hold_reasons, branches=branches)


async def read_branches(source: object) -> BranchTree:
    """Read the branches of a source that is open. Raises ConnectorError, also where it does not list them."""
    if not isinstance(source, ListsBranches):
        raise ConfigError(
            "The source does not say which branches lie below others, and the scope asks for that. "
            "Name each branch on the connection's Scope tab."
        )
    return BranchTree(await source.branches())


def load(run_id: int, job_scope: Scope, pairing_id: int, today: date) -> ScopeInForce:
    """Load the scope of a run: of the draft that it previews, or else of the version it was claimed with.

    ``job_scope`` is that of the job's settings, which counts where the version says nothing about the condition.
    """
    draft = select(MappingPreview.document).where(MappingPreview.run_id == run_id)
    version = (
        select(MappingVersion.document)
        .join(Run, Run.connection_id == MappingVersion.connection_id)
        .where(Run.id == run_id, MappingVersion.number == Run.mapping_version)
    )
    with reading() as session:
        document = session.scalar(draft) or session.scalar(version) or {}
    return ScopeInForce(from_document(document, job_scope), today, holds.reasons(pairing_id, today))

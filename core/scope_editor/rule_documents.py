"""Rules of a scope as the document of a version, in which nothing else changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.mapping import document as documents
from core.mapping.document import MappingDocument
from core.mapping.merging import merge
from core.runs.options import Scope
from core.scope.rules import ScopeRules, from_document, to_parts


def with_rules(base: MappingDocument, rules: ScopeRules, job_scope: Scope) -> MappingDocument:
    """Return a document with other rules; ``job_scope`` is that of the job's settings."""
    return documents.from_json(_with_rules(documents.to_json(base), rules, job_scope))


def merge_rules(
    base: MappingDocument, rules: ScopeRules, in_force: MappingDocument, job_scope: Scope
) -> ScopeRules:
    """Return the rules that come of saving ``rules``, which were begun from ``base``, over the version in force."""
    said = [documents.to_json(each) for each in (base, with_rules(base, rules, job_scope), in_force)]
    return from_document(merge(said[0], said[1], said[2])[0], job_scope)


def _with_rules(base: Mapping[str, Any], rules: ScopeRules, job_scope: Scope) -> dict[str, Any]:
    """Return a document with other rules. Parts that stay as they were are left to others to change."""
    before, after, said = to_parts(from_document(base, job_scope)), to_parts(rules), dict(base)
    is_first = "scope" not in base and job_scope.future_start_days is not None
    for name, part in after.items():
        if part == before[name] and not is_first:
            continue
        said.pop(name, None)
        if part is not None:
            said[name] = part
    return said

"""Save a scope as a new version of the connection's mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from core.errors import InvalidError
from core.mapping import versions
from core.mapping.versions import Saved
from core.scope.rules import EVERYBODY, ScopeRules
from core.scope_editor import full_effect, rule_documents
from core.scope_editor.current import find_rule_faults, get_scope
from core.security.actor import Actor


class NumberNeededError(InvalidError):
    """More employees would drop out than the limits allow; their number has to be typed."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(
            f"{number} employees would no longer be synced, which is more than the limits allow. "
            "Type this number to save all the same."
        )


def parse_rules(written: Mapping[str, Any]) -> ScopeRules:
    """Return rules from their written form. Raises InvalidError with everything that is wrong."""
    try:
        return ScopeRules.model_validate(dict(written))
    except ValidationError as error:
        problems = [
            f"{str(each['msg']).removeprefix('Value error, ').rstrip('.')}" for each in error.errors()
        ]
        raise InvalidError(
            "The scope cannot be saved: " + "; ".join(dict.fromkeys(problems)) + "."
        ) from error


def parse_parts(written: Mapping[str, Any]) -> ScopeRules:
    """Return rules from the parts of a version. Raises InvalidError with everything that is wrong."""
    windows = {"starters": "days_before", "leavers": "days_after"}
    rules: dict[str, Any] = {"condition": None if written.get("scope") == EVERYBODY else written.get("scope")}
    for part, name in windows.items():
        rules |= _named(written, part, {name})
    return parse_rules(rules | _named(written, "people", {"include", "exclude"}))


def _named(written: Mapping[str, Any], part: str, names: set[str]) -> dict[str, Any]:
    inner = written.get(part) or {}
    if not isinstance(inner, Mapping) or set(inner) - names:
        raise InvalidError(f"`{part}` may hold {' and '.join(sorted(names))} only.")
    return dict(inner)


def save_scope(
    actor: Actor,
    connection_id: int,
    rules: ScopeRules,
    note: str = "",
    *,
    based_on: int,
    typed_number: int | None = None,
) -> Saved:
    """Save the rules as a new version, in which nothing else changes, and which is then in force.

    Raises InvalidError with each fault, NumberNeededError, the errors of ``versions.save``, or ForbiddenError.
    """
    view = get_scope(actor, connection_id)
    if faults := find_rule_faults(view, rules):
        raise InvalidError(" ".join(faults))
    dropping = len(full_effect.best_known(actor, connection_id, rules).leaving)
    if view.most_fewer is not None and dropping > view.most_fewer and typed_number != dropping:
        raise NumberNeededError(dropping)
    base = versions.get(actor, connection_id, based_on)
    document = rule_documents.with_rules(base.document, rules, view.job_scope)
    return versions.save(actor, connection_id, document, note, based_on=based_on)

"""Save a scope as a new version of the connection's mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from connectors.mapping.conditions.tree import AnyCondition
from connectors.rest.checks import yaml_lines
from connectors.rest.checks.yaml_lines import YamlError
from core.errors import InvalidError
from core.mapping import versions
from core.mapping.versions import Saved
from core.scope.rules import EVERYBODY, ScopeRules, parse_condition
from core.scope_editor import full_effect, rule_documents
from core.scope_editor.current import find_rule_faults, get_scope
from core.security.actor import Actor

# What is wrong, by how pydantic's name for it begins.
_ERRORS = {
    "too_short": "choose or enter at least one value",
    "string_too_short": "choose or enter at least one value",
    "too_long": "there are too many values in one list",
    "string_too_long": "a value is too long; shorten it",
    "date": "a day is needed, as yyyy-mm-dd",
    "decimal": "a number is needed",
    "finite_number": "a number is needed",
    "int": "a whole number is needed",
    "extra_forbidden": "a part of it is not known; docs/scope.md lists what there is",
    "missing": "a part of it is missing; docs/scope.md shows the form",
    "string_pattern": "`at` is not the name of a field",
}


class NumberNeededError(InvalidError):
    """More employees would drop out than the limits allow; their number has to be typed."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(
            f"{number} employees would no longer be synced, which is more than the limits allow. "
            "Type this number to save all the same."
        )


def parse_condition_text(text: str) -> AnyCondition | None:
    """Return the condition that is written as YAML; None for an empty text. Raises InvalidError, with the line."""
    if not text.strip():
        return None
    try:
        return parse_condition(yaml_lines.read_yaml(text).content)
    except YamlError as error:
        raise InvalidError(f"Line {error.finding.line}: {error.finding.message}") from None
    except ValidationError as error:
        raise _refusal(error, "The condition cannot be used: ") from error


def parse_rules(written: Mapping[str, Any]) -> ScopeRules:
    """Return rules from their written form. Raises InvalidError with everything that is wrong."""
    try:
        return ScopeRules.model_validate(dict(written))
    except ValidationError as error:
        raise _refusal(error, "The scope cannot be saved: ") from error


def _refusal(error: ValidationError, said: str) -> InvalidError:
    return InvalidError(f"{said}{describe_errors(error)}.")


def describe_errors(error: ValidationError) -> str:
    """Return what is wrong with rules, in words and without a full stop."""
    found = error.errors()
    # The entries that a list lacks are those that cannot be used.
    own = [each for each in found if not any(_is_inside(other["loc"], each["loc"]) for other in found)]
    said = [_describe_error(str(each["type"]), str(each["msg"])) for each in own]
    return "; ".join(dict.fromkeys(said))


def _is_inside(place: tuple[str | int, ...], outer: tuple[str | int, ...]) -> bool:
    return len(place) > len(outer) and place[: len(outer)] == outer


def _describe_error(kind: str, message: str) -> str:
    found = next((said for prefix, said in _ERRORS.items() if kind.startswith(prefix)), None)
    return found or message.removeprefix("Value error, ").replace("Input should be", "it has to be").rstrip(
        "."
    )


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
    base, in_force = (versions.get(actor, connection_id, each) for each in (based_on, view.version))
    merged = rule_documents.merge_rules(base.document, rules, in_force.document, view.job_scope)
    dropping = len(full_effect.best_known(actor, connection_id, merged).leaving)
    if view.most_fewer is not None and dropping > view.most_fewer and typed_number != dropping:
        raise NumberNeededError(dropping)
    document = rule_documents.with_rules(base.document, rules, view.job_scope)
    return versions.save(actor, connection_id, document, note, based_on=based_on)

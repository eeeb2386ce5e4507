"""Say in words how a field is filled, as the table of the mapping and differences between versions show it."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.mapping.conditions.wording import describe
from connectors.mapping.steps import named
from connectors.rest.description.system import origin_path
from connectors.rest.description.target_field import Alternative, Choice, TargetField, list_origins
from connectors.rest.employee_places import EmployeePlaces

_STEPS = {
    "tidy": "tidy spaces",
    "case": "letters",
    "name_case": "name as people write it",
    "plain_letters": "without accents",
    "replace": "replace",
    "keep": "keep only some characters",
    "part": "a part of it",
    "cut": "first or last characters",
    "zeros": "leading zeros",
    "lines": "break into lines",
    "name_part": "a part of a full name",
    "item": "one of the list",
    "join": "list as text",
    "date": "read as a date",
    "shift": "add time",
    "write_date": "date as text",
    "number": "read and round",
    "times": "multiply or divide",
    "phone": "phone number",
    "place": "state or country",
    "yes_no": "yes or no",
}


def describe_field(field: TargetField) -> str:
    """Return how a field is filled, such as "preferred name, else first name → name as people write it"."""
    if not field.send:
        return "not sent"
    parts = [_way(field)]
    parts += [_STEPS[name] for name, _ in named(field.steps or ())]
    if field.map:
        parts.append(f"value map of {len(field.map)} rows")
    said = " → ".join(parts)
    if field.default is not None:
        said += f"; “{field.default}” when blank"
        said += " and the employee is new" if field.default_only_on_create else ""
    if field.when is not None:
        others = "cleared" if field.otherwise == "clear" else "kept"
        said += f"; only if {describe(field.when, EmployeePlaces())}, otherwise {others}"
    return said


def describe_blank(field: TargetField) -> str:
    """Return what happens to a field when the HR system has no value."""
    if field.default is not None:
        return "default"
    return "cleared" if field.blank == "clear" else "kept"


def _way(field: TargetField) -> str:
    if field.cases is not None:
        cases = [f"{_alternative(case)} if {describe(case.when, EmployeePlaces())}" for case in field.cases]
        rest = [f"else {_alternative(field.otherwise_filled)}"] if field.otherwise_filled else []
        return "; ".join([*cases, *rest])
    if field.choice is not None:
        return _choice(field.choice)
    if field.from_setting is not None:
        return f"as the setting {plain(field.from_setting)} says"
    if field.setting is not None:
        return f"the setting {plain(field.setting)}"
    return _alternative(field) or "by the connector"


def _alternative(way: TargetField | Alternative) -> str:
    if way.template is not None:
        return f"“{way.template}”"
    if way.value is not None:
        return f"always “{way.value}”"
    return _joined([plain(origin_path(origin)) for origin in list_origins(way.origin)])


def _choice(choice: Choice) -> str:
    if choice.id is not None:
        return f"always {choice.label or choice.id} of {plain(choice.of)}"
    cases = [f"{case.label or case.id} if {describe(case.when, EmployeePlaces())}" for case in choice.cases]
    rest = [] if choice.otherwise is None else [f"else {choice.otherwise}"]
    return f"{'; '.join([*cases, *rest])} of {plain(choice.of)}"


def plain(path: str) -> str:
    """Return the path of a value in words."""
    return path.replace("_", " ").replace(".", " ")


def _joined(words: Sequence[str]) -> str:
    return ", else ".join(words)

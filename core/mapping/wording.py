"""Say in words how a field is filled, as the table of the mapping and differences between versions show it."""

from __future__ import annotations

from connectors.mapping.conditions.wording import describe
from connectors.mapping.steps import named
from connectors.mapping.templates import Template
from connectors.rest.description.system import origin_path
from connectors.rest.description.target_field import Alternative, Choice, TargetField, list_origins
from connectors.rest.employee_places import ANY, EmployeePlaces

STEPS = {
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


def describe_field(field: TargetField, places: EmployeePlaces = ANY) -> str:
    """Return how a field is filled, such as "preferred name, else first name → name as people write it".

    ``places`` are those of the connection's source.
    """
    if not field.send:
        return "not sent"
    parts = [_way(field, places)]
    parts += [STEPS[name] for name, _ in named(field.steps or ())]
    if field.map:
        parts.append(f"value map of {len(field.map)} rows")
    said = " → ".join(parts)
    if field.default is not None:
        said += f"; “{field.default}” when blank"
        said += " and the employee is new" if field.default_only_on_create else ""
    if field.when is not None:
        others = "cleared" if field.otherwise == "clear" else "kept"
        said += f"; only if {describe(field.when, places)}, otherwise {others}"
    return said


def describe_blank(field: TargetField) -> str:
    """Return what happens to a field when the HR system has no value."""
    if field.default is not None:
        return "default"
    return "cleared" if field.blank == "clear" else "kept"


def _way(field: TargetField, places: EmployeePlaces) -> str:
    if field.cases is not None:
        cases = [f"{_alternative(case, places)} if {describe(case.when, places)}" for case in field.cases]
        other = field.otherwise_filled
        return "; ".join([*cases, *([f"else {_alternative(other, places)}"] if other else [])])
    if field.choice is not None:
        return _choice(field.choice, places)
    if field.from_setting is not None:
        return f"as the setting {plain(field.from_setting)} says"
    if field.setting is not None:
        return f"the setting {plain(field.setting)}"
    return _alternative(field, places) or "by the connector"


def _alternative(way: TargetField | Alternative, places: EmployeePlaces) -> str:
    if way.template is not None:
        return f"“{describe_template(way.template, places)}”"
    if way.value is not None:
        return f"always “{way.value}”"
    return ", else ".join(describe_place(origin_path(each), places) for each in list_origins(way.origin))


def _choice(choice: Choice, places: EmployeePlaces) -> str:
    if choice.id is not None:
        return f"always {choice.label or choice.id} of {plain(choice.of)}"
    cases = [f"{case.label or case.id} if {describe(case.when, places)}" for case in choice.cases]
    rest = [] if choice.otherwise is None else [f"else {choice.otherwise}"]
    return f"{'; '.join([*cases, *rest])} of {plain(choice.of)}"


def describe_template(template: str, places: EmployeePlaces) -> str:
    """Return a template with the names of its values in place of their paths."""
    for path in Template(template).places:
        template = template.replace(f"{{{path}}}", f"{{{describe_place(path, places)}}}")
    return template


def describe_place(path: str, places: EmployeePlaces) -> str:
    """Return what people call a value of an employee, as it stands in a sentence."""
    label = places.label(path)
    if label == path:
        return plain(path)
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def plain(path: str) -> str:
    """Return the name of a setting or list in words."""
    return path.replace("_", " ").replace(".", " ")

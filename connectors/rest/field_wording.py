"""Say in words where the value of a target's field comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.contract.target_fields import FieldSummary
from connectors.mapping.conditions.wording import describe
from connectors.mapping.steps import named
from connectors.mapping.templates import Template
from connectors.rest.description.document import Description
from connectors.rest.description.system import origin_path
from connectors.rest.description.target_field import Alternative, TargetField, list_origins
from connectors.rest.employee_places import ANY, EmployeePlaces

# What people call the steps.
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


def summarise_fields(description: Description, places: EmployeePlaces = ANY) -> tuple[FieldSummary, ...]:
    """Return the fields of a target, as they are filled from a source with these places; none of what is no target."""
    target = description.target
    return tuple(
        FieldSummary(
            field.name,
            field.label,
            field.type,
            field.required,
            field.sensitive,
            field.max_length,
            describe_filling(description, field, places),
            field.choices,
            field.concern if field.send else None,
            field.is_pay,
        )
        for field in (target.fields if target else ())
    )


def describe_filling(description: Description, field: TargetField, places: EmployeePlaces = ANY) -> str:
    """Return where the value of a field comes from and what is done to it."""
    return "; ".join((_way(description, field, places), *_shape(field, places)))


def describe_blank(field: TargetField) -> str:
    """Return what happens to a field when the HR system has no value."""
    if field.default is not None:
        return "default"
    return "cleared" if field.blank == "clear" else "kept"


def _way(description: Description, field: TargetField, places: EmployeePlaces) -> str:
    if not field.send:
        return "not sent"
    if field.cases is not None:
        cases = [f"{_alternative(each, places)} if {describe(each.when, places)}" for each in field.cases]
        rest = field.otherwise_filled
        return ", else ".join([*cases, *([_alternative(rest, places)] if rest else ())])
    if field.choice is not None:
        return _choice(field, places)
    if field.setting is not None:
        return f"the setting {_setting(description, field.setting)}"
    if field.from_setting is not None:
        labels = [places.label(choice) for choice in description.settings[field.from_setting].choices]
        return f"{_join(labels, 'or')}, by the setting {_setting(description, field.from_setting)}"
    return _alternative(field, places) or _unfilled(description, field)


def _alternative(way: TargetField | Alternative, places: EmployeePlaces) -> str:
    if way.template is not None:
        labels = dict.fromkeys(map(places.label, Template(way.template).places))
        return f"put together from {_join(list(labels), 'and')}"
    if way.value is not None:
        return f"always {_written(way.value)}"
    return ", else ".join(places.label(origin_path(origin)) for origin in list_origins(way.origin))


def _choice(field: TargetField, places: EmployeePlaces) -> str:
    choice = field.choice
    assert choice is not None
    if choice.id is not None:
        return f"always {choice.label or choice.id}"
    cases = [f"{each.label or each.id} if {describe(each.when, places)}" for each in choice.cases]
    return ", else ".join([*cases, *([str(choice.otherwise)] if choice.otherwise is not None else ())])


def _unfilled(description: Description, field: TargetField) -> str:
    is_end = description.target is not None and description.target.ended.field == field.name
    if description.hook is not None and not is_end:
        return f"by iHUB's own rules for {description.name}"
    return "never sent, only read"


def _shape(field: TargetField, places: EmployeePlaces) -> Iterator[str]:
    """Yield what is done to a value, and when it is sent."""
    if field.when is not None:
        cleared = ", otherwise cleared" if field.otherwise == "clear" else ""
        yield f"only if {describe(field.when, places)}{cleared}"
    if field.steps is not None:
        yield f"with the steps {', '.join(_STEPS[name] for name, _ in named(field.steps))}"
    if field.map is not None:
        yield f"by a value map of {len(field.map)}"
    if field.default is not None:
        new = " for new employees" if field.default_only_on_create else ""
        yield f"if blank {_written(field.default)}{new}"
    if field.blank == "clear":
        yield "cleared if blank"
    if field.only_on_create:
        yield "for new employees only"


def _setting(description: Description, name: str) -> str:
    return description.settings[name].title if name in description.settings else name


def _written(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value) or "blank"


def _join(words: Sequence[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"

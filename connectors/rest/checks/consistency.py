"""What the parts of a description must have to do with each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields as attributes
from difflib import get_close_matches

from connectors.contract.connector import SideSettings
from connectors.contract.employee import BankAccount, SuperFund
from connectors.contract.fields import FieldType
from connectors.contract.records import Reason
from connectors.rest import paths
from connectors.rest.checks import booleans, requests
from connectors.rest.checks.yaml_lines import Finding, Location, YamlDocument
from connectors.rest.description.base import UserMessage
from connectors.rest.description.document import Description
from connectors.rest.description.roles import Origin, SourceItems, SourceRole, TargetField, TargetRole

OWN_SETTINGS = frozenset({"url", "login_url", "requests_per_second", "page_size"})
ITEMS = {"bank_accounts": BankAccount, "super_funds": SuperFund}
_BRACES = re.compile(r"\{([^{}]*)\}")

LocatedMessages = Iterator[tuple[Location, str]]


def check(marked: YamlDocument, description: Description) -> list[Finding]:
    """Return what does not fit together, in the order of the lines."""
    found = [
        *_settings(description),
        *_paths(description),
        *_roles(description),
        *requests.check(description),
        *booleans.check(description),
    ]
    if description.target is not None:
        found += [*_fields(description, description.target), *_target(description, description.target)]
    if description.source is not None:
        found += _source(description.source)
    faults = [Finding(marked.line(steps), message) for steps, message in found]
    return sorted(faults, key=lambda fault: fault.line)


def _settings(description: Description) -> LocatedMessages:
    for name, setting in description.settings.items():
        steps: Location = ("settings", name)
        if name in OWN_SETTINGS or hasattr(SideSettings, name):
            yield steps, f"A setting cannot be called `{name}`. Choose another name."
        if setting.choices and setting.default not in setting.choices:
            yield (*steps, "default"), f"The default of `{name}` has to be one of its choices."
        kind = {"number": (int, float), "yes or no": (bool,), "text": (str,)}[setting.type]
        if not isinstance(setting.default, kind) or (
            setting.type == "number" and isinstance(setting.default, bool)
        ):
            yield (*steps, "default"), f"The default of `{name}` has to be a {setting.type}."


def _paths(description: Description) -> LocatedMessages:
    employees = description.employees
    ends: list[tuple[Location, str, set[str]]] = [(("check", "path"), description.check.path, set())]
    ends += [(("check", "where", name), text, set()) for name, text in description.check.where.items()]
    ends.append((("employees", "list", "path"), employees.list.path, set()))
    for name, endpoint, own in (
        ("get", employees.get, {"id"}),
        ("create", employees.create, set()),
        ("update", employees.update, {"id"}),
        ("create_many", employees.create_many, set()),
        ("update_many", employees.update_many, set()),
        ("by_external_id", employees.by_external_id, {"external_id"}),
    ):
        if endpoint is not None:
            ends.append((("employees", name, "path"), endpoint.path, own))
            missing = own - set(_BRACES.findall(endpoint.path))
            if missing:
                yield (
                    ("employees", name, "path"),
                    f"The path has to hold {{{min(missing)}}}: it stands for the employee.",
                )
    for steps, text, allowed in ends:
        for name in _BRACES.findall(text):
            if name not in description.settings and name not in allowed:
                yield (
                    steps,
                    f"There is no setting `{name}`. Write one under `settings`, or take {{{name}}} out.",
                )


def _roles(description: Description) -> LocatedMessages:
    employees, target = description.employees, description.target
    if description.source is None and target is None:
        yield (
            (),
            "The system is neither a source nor a target. Write `source:` or `target:` and what belongs to it.",
        )
    if description.source is not None and description.source.details and employees.get is None:
        yield ("source", "details"), "Details need `get` under `employees`."
    if target is None:
        return
    for name, why in (
        ("get", "what is there is read"),
        ("create", "employees are created"),
        ("update", "they are updated"),
    ):
        if getattr(employees, name) is None:
            yield ("employees",), f"A target needs `{name}` here: how {why}."
    if target.external_id is None and employees.by_external_id is not None:
        yield (
            ("employees", "by_external_id"),
            "`target` has to name the field of the id: write `external_id:` there.",
        )


def _fields(description: Description, target: TargetRole) -> LocatedMessages:
    names: set[str] = set()
    for index, field in enumerate(target.fields):
        steps: Location = ("target", "fields", index)
        if field.name in names:
            yield (*steps, "name"), f"There is a field `{field.name}` already. Give each field once."
        names.add(field.name)
        yield from _nested(target, field, (*steps, "name"))
        yield from _field(description, field, steps)


def _nested(target: TargetRole, field: TargetField, steps: Location) -> LocatedMessages:
    if any(step.isdigit() for step in field.name.split(".")):
        yield (
            steps,
            f"`{field.name}` is an entry of a list, and single entries cannot be written. {ONLY_PYTHON}",
        )
    around = [other.name for other in target.fields if field.name.startswith(f"{other.name}.")]
    if around:
        yield (
            steps,
            f"`{field.name}` lies within the field `{around[0]}`, and each would overwrite the other. Keep one.",
        )


def _field(description: Description, field: TargetField, steps: Location) -> LocatedMessages:
    given = [name for name, there in _ways(field) if there]
    if len(given) > 1:
        yield (
            steps,
            f"`{field.name}` is filled in two ways, by {' and '.join(f'`{one}`' for one in given)}. Keep one.",
        )
    if not given and not description.hook and not _ends(description, field):
        yield steps, f"`{field.name}` is never filled. Write `from:`, `setting:` or `value:`."
    for name, setting in (("setting", field.setting), ("from_setting", field.from_setting)):
        if setting is not None and setting not in description.settings:
            yield (*steps, name), f"There is no setting `{setting}`. Write one under `settings`."
    if field.from_setting in description.settings:
        choices = description.settings[field.from_setting].choices
        if not choices:
            yield (
                (*steps, "from_setting"),
                f"`{field.from_setting}` needs `choices`: the values of an employee to choose from.",
            )
        for choice in choices:
            yield from _value(("settings", field.from_setting, "choices"), choice)
    for index, origin in enumerate(origins(field)):
        place = origin.at if isinstance(origin, Origin) else origin
        yield from _value(
            (*steps, "from", index) if isinstance(field.origin, tuple) else (*steps, "from"), place
        )
    if field.when is not None:
        yield from _value((*steps, "when", "at"), field.when.at)
        if sum(way is not None for way in (field.when.equals, field.when.differs, field.when.there)) != 1:
            yield (
                (*steps, "when"),
                "A condition has one of `is` and `is_not`, with a list of values, and `there`.",
            )
    if field.format and field.type not in {FieldType.TEXT, FieldType.NUMBER}:
        yield (
            (*steps, "format"),
            f"A format is for texts and numbers; `{field.name}` is of the type {field.type}.",
        )
    for name, add_message in (("bad", field.bad), ("masked", field.masked)):
        yield from _remark((*steps, name), add_message)


def _ends(description: Description, field: TargetField) -> bool:
    return description.target is not None and description.target.ended.field == field.name


def _ways(field: TargetField) -> Sequence[tuple[str, bool]]:
    ways = {
        "from": field.origin,
        "from_setting": field.from_setting,
        "setting": field.setting,
        "value": field.value,
    }
    return [(name, way is not None) for name, way in ways.items()]


def origins(field: TargetField) -> Sequence[str | Origin]:
    """Return where a field's value may come from, first choice first."""
    return (
        field.origin if isinstance(field.origin, tuple) else () if field.origin is None else (field.origin,)
    )


def _value(steps: Location, place: str) -> LocatedMessages:
    if not paths.is_employee_path(place):
        close = get_close_matches(place, paths.employee_paths(), 1, 0.5)
        yield steps, f"An employee has no `{place}`. " + (f"Did you mean `{close[0]}`?" if close else SEE)


ONLY_PYTHON = "A folder with Python can do it: docs/add-a-connector.md."
SEE = "docs/add-a-connector.md lists what there is."


def _remark(steps: Location, add_message: UserMessage | None) -> LocatedMessages:
    if add_message is not None and add_message.stops and add_message.code not in Reason.__members__:
        yield (
            (*steps, "code"),
            f"The code of what stops an employee is one of {', '.join(sorted(Reason.__members__))}.",
        )


def _target(description: Description, target: TargetRole) -> LocatedMessages:
    names = {field.name for field in target.fields}
    for name, field in (("external_id", target.external_id), ("ended.field", target.ended.field)):
        if field is not None and field not in names:
            yield ("target", *name.split(".")), f"There is no field `{field}` under `fields`."
    if any(field.name == target.external_id and not _is_text(field) for field in target.fields):
        yield (
            ("target", "external_id"),
            f"An id is a text: write `type: text` at `{target.external_id}`, and no `cents`.",
        )
    if any(field.name == target.ended.field and field.type is not FieldType.DATE for field in target.fields):
        yield (
            ("target", "ended", "field"),
            f"An employment ends on a date: write `type: date` at `{target.ended.field}`.",
        )
    if target.external_id_chosen_by_us and target.external_id != description.employees.id:
        yield (
            ("target", "external_id_chosen_by_us"),
            "Then `external_id` has to be the same place as `id` under `employees`.",
        )
    for index, collection in enumerate(target.collections):
        yield from _remark(("target", "collections", index, "more"), collection.more)
        if collection.field not in names:
            yield (
                ("target", "collections", index, "field"),
                f"There is no field `{collection.field}` under `fields`.",
            )
    for index, group in enumerate(target.together):
        yield from _remark(("target", "together", index, "otherwise"), group.otherwise)
        for part, wanted in (("fields", group.fields), ("also", group.also)):
            for name in wanted:
                if name not in names:
                    yield ("target", "together", index, part), f"There is no field `{name}` under `fields`."
    yield from _remark(("target", "ended", "warning"), target.ended.warning)


def _is_text(field: TargetField) -> bool:
    return field.format != "cents" and field.type not in {FieldType.DATE, FieldType.NUMBER, FieldType.BOOLEAN}


def _source(source: SourceRole) -> LocatedMessages:
    for name, given in source.employee.items():
        steps: Location = ("source", "employee", name)
        if not isinstance(given, SourceItems):
            yield from (
                _value(steps, name)
                if name not in ITEMS
                else [(steps, f"`{name}` takes `each:` and `values:`.")]
            )
        elif name not in ITEMS:
            yield steps, f"`each` is for {' and '.join(f'`{one}`' for one in ITEMS)} only."
        else:
            yield from _items(steps, name, given)
    for index, name in enumerate(source.required):
        if name not in source.employee:
            yield ("source", "required", index), f"`{name}` is required and has no place under `employee`."


def _items(steps: Location, name: str, given: SourceItems) -> LocatedMessages:
    allowed: Mapping[str, object] = {one.name: one for one in attributes(ITEMS[name])}
    for inner in given.values:
        if inner not in allowed:
            yield (
                (*steps, "values", inner),
                f"`{name}` have no `{inner}`. They have: {', '.join(sorted(allowed))}.",
            )

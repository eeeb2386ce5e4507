"""Check that the parts of a description fit together."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.contract.fields import FieldType
from connectors.contract.records import Reason
from connectors.mapping.base import Kind
from connectors.mapping.conditions.faults import find_faults
from connectors.mapping.conditions.tree import BranchTest, tests_of
from connectors.rest import paths
from connectors.rest.checks import actions, booleans, parts, requests, sources, token_requests
from connectors.rest.checks.sources import check_employee_path
from connectors.rest.checks.target_fields import (
    case_values,
    choice_lists,
    field_values,
    owners,
    places_of_fields,
)
from connectors.rest.checks.yaml_lines import Finding, LocatedMessages, Location, YamlDocument
from connectors.rest.description.base import UserMessage
from connectors.rest.description.document import Description
from connectors.rest.description.roles import EmploymentEnd, TargetRole
from connectors.rest.description.system import origin_path
from connectors.rest.description.target_field import WAYS, Origin, TargetField, list_origins
from connectors.rest.employee_places import ANY, OF_A_FILE, EmployeePlaces


def check(document: YamlDocument, description: Description) -> list[Finding]:
    """Return what does not fit together, in the order of the lines."""
    messages = [
        *_roles(description),
        *requests.check(description),
        *token_requests.check(description),
        *actions.check(description),
        *booleans.check(description),
    ]
    messages += parts.check(description)
    if description.target is not None:
        messages += [*check_fields(description, OF_A_FILE), *_target(description, description.target)]
        messages += owners.check(description.target)
    if description.source is not None:
        messages += sources.check(description.source)
    findings = [Finding(document.line(location), message) for location, message in messages]
    return sorted(findings, key=lambda finding: finding.line)


def check_fields(description: Description, places: EmployeePlaces = ANY) -> LocatedMessages:
    """Yield what does not fit together in the fields of a target; ``places`` are those of the source, where known."""
    if description.target is not None:
        yield from _fields(description, description.target, places)
        yield from field_values.check(description, places)
        yield from case_values.check(description)
        yield from choice_lists.check(description)


def find_shown_secrets(description: Description, places: EmployeePlaces) -> LocatedMessages:
    """Yield where a field would show a value that the source calls sensitive; what else is wrong does not count."""
    target = description.target
    for index, field in enumerate(target.fields if target else ()):
        location: Location = ("target", "fields", index)
        yield from field_values.find_sensitive(places, description, field, location)
        for place, condition in field.conditions:
            tests = [test for _, test in tests_of(condition)]
            for fault in find_faults(condition, places, for_scope=False):
                test = tests[fault.number - 1]
                if not isinstance(test, BranchTest) and places.is_sensitive(test.at):
                    yield (*location, *place, *fault.location), fault.sentence


def _roles(description: Description) -> LocatedMessages:
    employees, target = description.employees, description.target
    if description.source is None and target is None:
        yield (), "The system is neither a source nor a target. Add `source:` or `target:`."
    if description.source is not None and description.source.details and employees.get is None:
        yield ("source", "details"), "Details need `get` under `employees`."
    if target is None:
        return
    for name, purpose in (("get", "read"), ("create", "created"), ("update", "updated")):
        if getattr(employees, name) is None:
            yield ("employees",), f"A target needs `{name}` here: how employees are {purpose}."
    if target.external_id is None and employees.by_external_id is not None:
        message = "`target` has to name the field with the id. Add `external_id:` there."
        yield ("employees", "by_external_id"), message


def _fields(description: Description, target: TargetRole, places: EmployeePlaces) -> LocatedMessages:
    names: set[str] = set()
    for index, field in enumerate(target.fields):
        location: Location = ("target", "fields", index)
        if field.name in names:
            yield (*location, "name"), f"There is a field `{field.name}` already. Write each field once."
        names.add(field.name)
        yield from places_of_fields.check_nesting(target, field, (*location, "name"))
        yield from _ways(description, target, field, location)
        yield from _origins(description, field, location, places)
        for place, condition in field.conditions:
            for fault in find_faults(condition, places, for_scope=False):
                yield (*location, *place, *fault.location), fault.sentence
        if field.format == "e164":
            if field.type is not FieldType.PHONE:
                message = f"`e164` is a format of phone numbers. Write `type: phone` at `{field.name}`."
                yield (*location, "format"), message
        elif field.format and field.type not in {FieldType.TEXT, FieldType.NUMBER}:
            message = f"A format is for texts and numbers; `{field.name}` has the type {field.type}."
            yield (*location, "format"), message
        yield from _cents(field, location)
        yield from _user_message((*location, "bad"), field.bad)
        yield from _user_message((*location, "masked"), field.masked)


def _ways(
    description: Description, target: TargetRole, field: TargetField, location: Location
) -> LocatedMessages:
    """Check the ways in which a field is filled: there has to be one, and its setting has to exist."""
    keys = {"origin": "from"}
    used = [f"`{keys.get(way, way)}`" for way in WAYS if getattr(field, way) is not None]
    if len(used) > 1:
        yield location, f"`{field.name}` is filled in two ways, by {' and '.join(used)}. Keep one."
    is_filled = (
        used
        or not field.send
        or field.default is not None
        or description.hook
        or target.ended.field == field.name
    )
    if not is_filled:
        message = (
            f"`{field.name}` is never filled. Add `from:`, `template:`, `setting:` or `value:`; or `send: false`, if "
            "only the mapping of a connection fills it."
        )
        yield location, message
    for name, setting in (("setting", field.setting), ("from_setting", field.from_setting)):
        if setting is not None and setting not in description.settings:
            yield (*location, name), f"There is no setting `{setting}`. Add it under `settings`."


def _origins(
    description: Description, field: TargetField, location: Location, places: EmployeePlaces
) -> LocatedMessages:
    if field.from_setting in description.settings:
        choices = description.settings[field.from_setting].choices
        if not choices:
            message = f"`{field.from_setting}` needs `choices`: fields of an employee to choose from."
            yield (*location, "from_setting"), message
        for choice in choices:
            yield from check_employee_path(("settings", field.from_setting, "choices"), choice, OF_A_FILE)
    for place, way in field.ways_by_place:
        for index, origin in enumerate(list_origins(way.origin)):
            path = origin.at if isinstance(origin, Origin) else origin
            position: Location = ("from", index) if isinstance(way.origin, tuple) else ("from",)
            if isinstance(origin, Origin) or paths.list_items(path) is None:
                yield from check_employee_path((*location, *place, *position), path, places)


def _cents(field: TargetField, location: Location) -> LocatedMessages:
    """Find an amount that is not in cents and would be divided by 100."""
    for path in map(origin_path, field.all_origins):
        is_amount = ANY.kind(path) is Kind.NUMBER and not path.endswith("amount_cents")
        if field.format == "cents" and is_amount:
            message = (
                f"`cents` makes dollars of an amount in cents, and `{path}` is none. For a target that takes cents, "
                'write `steps: [{times: {by: "100"}}, {number: {places: 0}}]` instead.'
            )
            yield (*location, "format"), message


def _user_message(location: Location, message: UserMessage | None) -> LocatedMessages:
    if message is not None and message.stops and message.code not in Reason.__members__:
        codes = ", ".join(sorted(Reason.__members__))
        yield (*location, "code"), f"With `stops`, the code has to be one of {codes}."


def _target(description: Description, target: TargetRole) -> LocatedMessages:
    by_name = {field.name: field for field in target.fields}
    yield from places_of_fields.check_places(description, target)
    yield from _named_field(("target", "external_id"), target.external_id, by_name)
    yield from _employment_end(target.ended, by_name)
    if (external := by_name.get(target.external_id or "")) and not _is_text(external):
        message = f"An external id is text. Write `type: text` at `{external.name}`, without `cents`."
        yield ("target", "external_id"), message
    if target.external_id_chosen_by_us and target.external_id != description.employees.id:
        message = (
            "With `external_id_chosen_by_us`, `external_id` must be the same path as `id` under `employees`."
        )
        yield ("target", "external_id_chosen_by_us"), message
    for index, collection in enumerate(target.collections):
        location: Location = ("target", "collections", index)
        yield from _user_message((*location, "more"), collection.more)
        yield from _named_field((*location, "field"), collection.field, by_name)
    for index, group in enumerate(target.together):
        location = ("target", "together", index)
        yield from _user_message((*location, "otherwise"), group.otherwise)
        for key, names in (("fields", group.fields), ("also", group.also)):
            for name in names:
                yield from _named_field((*location, key), name, by_name)
    for index, one in enumerate(target.one_value):
        location = ("target", "one_value", index)
        yield from _user_message((*location, "otherwise"), one.otherwise)
        for name in one.fields:
            yield from _named_field((*location, "fields"), name, by_name)


def _employment_end(end: EmploymentEnd, by_name: Mapping[str, TargetField]) -> LocatedMessages:
    location: Location = ("target", "ended")
    yield from _named_field((*location, "field"), end.field, by_name)
    if (ended := by_name.get(end.field or "")) and ended.type is not FieldType.DATE:
        message = (
            f"The end of an employment is a date. Write `type: date` at `{ended.name}`; how dates are written is "
            "`write_dates` under `target`."
        )
        yield (*location, "field"), message
    for name in end.needs:
        yield from _named_field((*location, "needs"), name, by_name)
    yield from _user_message((*location, "warning"), end.warning)
    yield from _user_message((*location, "otherwise"), end.otherwise)


def _named_field(location: Location, name: str | None, by_name: Mapping[str, TargetField]) -> LocatedMessages:
    if name is not None and name not in by_name:
        yield location, f"There is no field `{name}` under `fields`."


def _is_text(field: TargetField) -> bool:
    return field.format != "cents" and field.type not in {FieldType.DATE, FieldType.NUMBER, FieldType.BOOLEAN}

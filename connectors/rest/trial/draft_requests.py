"""Propose the requests of a file: which ones of a vendor's are about employees, and how they are paged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from connectors.rest.trial.draft_fields import quoted
from connectors.rest.trial.known_names import fold, leaves, recognise
from connectors.rest.trial.openapi import Json, OpenApi, OpenApiError, Operation

_PEOPLE = re.compile(r"/(employees?|people|persons?|workers?|staff|users|team-?members)/?$", re.IGNORECASE)
# The form of the employees after the list, as in /employee/unstructured.
_PEOPLE_AND_FORM = re.compile(r"/(employees?|people|workers?|staff)/[a-z]+$", re.IGNORECASE)
_ONE = re.compile(r"/\{[^{}/]+\}/?$")
_TENANT = re.compile(r"\{([^{}]+)\}")
_PAGES = {"page", "pagenumber", "pageno"}
_OFFSETS = {"offset", "skip", "start", "startindex", "top"}
_SIZES = {"limit", "pagesize", "perpage", "size", "count", "maxresults", "top"}
_CURSORS = {"cursor", "after", "pagetoken", "continuationtoken", "nexttoken"}
_NEXT = {"nextcursor", "next", "nextpagetoken", "nexttoken", "endcursor", "continuationtoken", "nextlink"}
_IDS = ("id", "employeeid", "personid", "userid", "workerid", "uuid", "guid")
_DEEPEST_LIST = 3


class Requests(NamedTuple):
    """The requests of an interface description that are about employees."""

    list: Operation
    get: Operation | None
    create: Operation | None
    update: Operation | None


def request_lines(api: OpenApi, found: Requests) -> list[str]:
    """Return the lines about settings, the check and the requests."""
    records, entry = _listed(api, found.list)
    record, employee = _inside_entry(api, entry)
    _, inside, is_array = _employee_of(api, api.request_schema(found.create) if found.create else None)
    return [
        *_settings(found),
        *_check_lines(api, found.list),
        "employees:",
        f"  id: {_id_of(api, employee)}",
        *_list_lines(api, found.list, records, record),
        *_single_lines(api, found, inside, is_array),
    ]


def listed_employee(api: OpenApi, found: Requests) -> Json:
    """Return the form of an employee in the list."""
    return _inside_entry(api, _listed(api, found.list)[1])[1]


def sent_employee(api: OpenApi, found: Requests) -> Json:
    """Return the form of an employee in a create."""
    return _employee_of(api, api.request_schema(found.create) if found.create else None)[0]


def find_requests(api: OpenApi) -> Requests:
    """Return the requests about employees. Raises OpenApiError when there is no list of them."""
    operations = list(api.operations)
    reads = [each for each in operations if each.method == "GET"]
    lists = [each for each in reads if _PEOPLE.search(each.path)]
    lists = lists or [each for each in reads if _PEOPLE_AND_FORM.search(each.path)]
    if not lists:
        raise OpenApiError(
            "The description has no list of employees: no GET of /employees, /people or the like."
        )
    listed = min(lists, key=lambda each: (each.path.count("/"), len(each.path)))
    own = [each for each in operations if _ONE.sub("", each.path) == listed.path.rstrip("/")]
    one = {each.method: each for each in own if _ONE.search(each.path)}
    whole = {each.method: each for each in own if not _ONE.search(each.path)}
    update = one.get("PATCH") or one.get("PUT") or one.get("POST")
    return Requests(listed, one.get("GET"), whole.get("POST") or whole.get("PUT"), update)


def _settings(found: Requests) -> list[str]:
    names = _TENANT.findall(found.list.path)
    if not names:
        return []
    lines = ["settings:"]
    for name in names:
        title = re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]", " ", name).capitalize()
        lines.append(
            f"  {_setting(name)}: {{title: {quoted(title)}, description: The {title.casefold()} at the system., "
            "required: true}"
        )
    return lines


def _setting(name: str) -> str:
    return re.sub(r"[^a-z0-9_]", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold())


def _path(path: str, *, own: bool = False) -> str:
    """Return a path with settings in braces; ``own``: the last name in braces is the employee's id."""
    names = _TENANT.findall(path)
    for index, name in enumerate(names):
        is_id = own and index == len(names) - 1
        path = path.replace(f"{{{name}}}", "{id}" if is_id else f"{{{_setting(name)}}}", 1)
    return quoted(path) if "{" in path else path


def _listed(api: OpenApi, operation: Operation) -> tuple[str | None, Json]:
    """Return where the array of employees is in a response, and the form of an employee."""
    schema, _ = api.response(operation)
    found = [(place or None, api.schema(inner.get("items"))) for place, inner in _arrays(api, schema or {})]
    objects = [each for each in found if each[1].get("properties")]
    return max(objects, key=lambda each: _names_in(api, each[1]), default=(None, {}))


def _names_in(api: OpenApi, schema: Json) -> int:
    """Return how many names of an employee's values an object has."""
    return sum(recognise(place) is not None for place, _, _ in leaves(api, schema))


def _inside_entry(api: OpenApi, entry: Json) -> tuple[str | None, Json]:
    """Return the object in an entry of a list that has all names of the employee, and where it is."""
    for name, each in (entry.get("properties") or {}).items():
        inner = api.schema(each)
        if _names_in(api, inner) > 1 and _names_in(api, inner) == _names_in(api, entry):
            return str(name), inner
    return None, entry


def _arrays(api: OpenApi, schema: Json, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Json]]:
    if schema.get("type") == "array" or "items" in schema:
        yield prefix, schema
    elif depth < _DEEPEST_LIST:
        for name, inner in (schema.get("properties") or {}).items():
            yield from _arrays(api, api.schema(inner), f"{prefix}.{name}".strip("."), depth + 1)


def _employee_of(api: OpenApi, schema: Json | None) -> tuple[Json, str | None, bool]:
    """Return the form of an employee in a request, where it is inside, and whether the request is an array."""
    if schema is None:
        return {}, None, False
    if schema.get("type") == "array":
        return api.schema(schema.get("items")), None, True
    own = {recognise(place) for place, _, _ in leaves(api, schema)}
    if "surname" in own:
        single = [
            (name, inner)
            for name, each in (schema.get("properties") or {}).items()
            if (inner := api.schema(each)).get("properties")
        ]
        if len(single) == 1 and len(schema.get("properties") or {}) == 1:
            return single[0][1], single[0][0], False
    return schema, None, False


def _id_of(api: OpenApi, employee: Json) -> str:
    places = {
        fold(place.rpartition(".")[2]): place for place, _, _ in leaves(api, employee) if "." not in place
    }
    return next(
        (places[name] for name in _IDS if name in places), "id  # CHECK: where an employee has the id"
    )


def _check_lines(api: OpenApi, listed: Operation) -> list[str]:
    wanted = re.compile(
        r"/(company|organi[sz]ation|account|me|self|business)(_information)?/?$", re.IGNORECASE
    )
    for operation in api.operations:
        if operation.method == "GET" and wanted.search(operation.path) and "{" not in operation.path:
            return [f"check: {{path: {operation.path}, id: id, name: name}}  # CHECK: where id and name are"]
    return [
        f"check: {{path: {_path(listed.path)}, id: id}}  # CHECK: a cheap request that names the organisation"
    ]


def _list_lines(api: OpenApi, operation: Operation, records: str | None, record: str | None) -> list[str]:
    parts = [f"path: {_path(operation.path)}"]
    parts += [f"records: {records}"] if records else []
    parts += [f"record: {record}"] if record else []
    if paging := _paging(api, operation):
        parts.append(f"paging: {paging}")
    return [f"  list: {{{', '.join(parts)}}}"]


def _paging(api: OpenApi, operation: Operation) -> str | None:
    names = [str(each.get("name")) for each in api.parameters(operation, "query")]
    by_fold = {fold(name): name for name in names}
    size = next((by_fold[name] for name in by_fold if name in _SIZES), None)
    more = f", size_parameter: {quoted(size)}" if size else ""
    if cursor := next((by_fold[name] for name in by_fold if name in _CURSORS), None):
        schema, _ = api.response(operation)
        places = (place for place, _, _ in leaves(api, schema or {}))
        following = next((place for place in places if fold(place.rpartition(".")[2]) in _NEXT), "next")
        return f"{{kind: cursor, parameter: {cursor}, cursor: {following}{more}}}"
    if page := next((by_fold[name] for name in by_fold if name in _PAGES), None):
        return f"{{kind: page, parameter: {page}, first: 1{more}}}"
    if offset := next(
        (by_fold[name] for name in by_fold if name in _OFFSETS and by_fold[name] != size), None
    ):
        return f"{{kind: offset, parameter: {quoted(offset)}{more}}}"
    return None


def _single_lines(api: OpenApi, found: Requests, inside: str | None, is_array: bool) -> list[str]:
    lines = []
    around = (f", inside: {inside}" if inside else "") + (", body: array" if is_array else "")
    if found.get:
        record = _record(api, found.get)
        lines.append(f"  get: {{path: {_path(found.get.path, own=True)}{record}}}")
    if found.create:
        method = "" if found.create.method == "POST" else f", method: {found.create.method}"
        lines.append(
            f"  create: {{path: {_path(found.create.path)}{method}{around}{_record(api, found.create)}}}"
        )
    if found.update:
        sends = "ours" if found.update.method == "PATCH" else "everything"
        lines.append(
            f"  update: {{path: {_path(found.update.path, own=True)}, method: {found.update.method}, "
            f"sends: {sends}{around}}}  # CHECK: `ours` where the system keeps what is not sent"
        )
    return lines


def _record(api: OpenApi, operation: Operation) -> str:
    """Return where a response has the employee: below the one object or array that it has."""
    schema, _ = api.response(operation)
    if not schema or any(recognise(place) for place, _, _ in leaves(api, schema) if "." not in place):
        return ""
    for name, each in (schema.get("properties") or {}).items():
        inner = api.schema(each)
        inner = api.schema(inner.get("items")) if inner.get("type") == "array" else inner
        if any(recognise(place) == "surname" for place, _, _ in leaves(api, inner)):
            return f", record: {name}"
    return ""

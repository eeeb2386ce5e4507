"""Compare what a file would send with a vendor's interface description, without any request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.contract.errors import UnansweredError
from connectors.http.response import Response
from connectors.rest.client.confirmations import written_outcome
from connectors.rest.client.updates.updating import wrap
from connectors.rest.description.document import Description
from connectors.rest.description.endpoints import CreateEndpoint
from connectors.rest.description.system import System
from connectors.rest.translation.compile import compile_system
from connectors.rest.translation.target_records import request_body
from connectors.rest.trial.example_people import EXAMPLES
from connectors.rest.trial.openapi import OpenApi
from connectors.rest.trial.schema_faults import example_of, find_faults

_METHODS = {"list": "GET", "get": "GET", "by_external_id": "GET", "create": "POST", "update": "PUT"}


def compare_with(api: OpenApi, system: System, settings: SideSettings) -> Iterator[str]:
    """Yield what does not fit between a file and an interface description, each as a sentence."""
    yield from _missing_requests(api, system.description)
    create = system.description.employees.create
    if system.description.target is None or create is None:
        return
    operation = api.find(create.method, create.path)
    schema = api.request_schema(operation) if operation is not None else None
    if operation is None or schema is None:
        return
    yield from _creates(api, system, settings, create, schema)
    shown, example = api.response(operation)
    if shown is not None or example is not None:
        answer = example if example is not None else example_of(api, shown)
        yield from _confirmation(system, create, answer)


def _missing_requests(api: OpenApi, description: Description) -> Iterator[str]:
    for name, default in _METHODS.items():
        if (endpoint := getattr(description.employees, name)) is None:
            continue
        method = getattr(endpoint, "method", default)
        if api.find(method, endpoint.path) is None:
            yield f"`{name}`: the description of the system has no {method} {endpoint.path}."


def _creates(
    api: OpenApi, system: System, settings: SideSettings, create: CreateEndpoint, schema: Any
) -> Iterator[str]:
    target = compile_system(system, settings).target
    if target is None:
        return
    for who, employee in EXAMPLES.items():
        prepared = target.prepare("example-1", employee)
        for problem in prepared.problems:
            yield f"`create` of {who}: {problem.message}"
        apart = system.part_fields
        values = prepared.values.items()
        given = {name: value for name, value in values if value is not None and name not in apart}
        body = request_body(
            system.placed(given, system.never_sent_with_others),
            write_date=system.write_date,
            lists=system.lists,
        )
        for fault in find_faults(api, schema, wrap(create, body)):
            yield f"`create` of {who}: {fault}"


def _confirmation(system: System, create: CreateEndpoint, answer: Any) -> Iterator[str]:
    if create.id_from_location or create.follow is not None:
        return
    try:
        outcome = written_outcome(system, create, Response(201, answer), None, lambda: ())
    except UnansweredError:
        place = f" below `{create.record}`" if create.record else ""
        id_place = create.id or system.description.employees.id
        yield (
            f"`create`: the response that the system describes has no id at `{id_place}`{place}, so that no create "
            "would be confirmed. Say with `record` and `id` where it is."
        )
        return
    if outcome.problem is not None:
        yield f"`create`: the response that the system describes would count as a refusal: {outcome.problem.message}"

"""What a description says of requests and of the settings that go into them, checked for what would be sent otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.rest.checks.yaml_lines import Location
from connectors.rest.description.base import Query
from connectors.rest.description.document import Description, HeaderKey, OAuth2, Setting

LocatedMessages = Iterator[tuple[Location, str]]

_BRACES = re.compile(r"\{\w+\}")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Headers that belong to the request itself, besides those that begin with Content-.
_OURS = frozenset({"host", "connection", "transfer-encoding"})
_ENDPOINTS = ("list", "get", "create", "update", "create_many", "update_many", "by_external_id")


def check(description: Description) -> LocatedMessages:
    """Yield settings with a default that nobody could enter, names in braces that nothing fills, and headers that cannot be."""
    for name, setting in description.settings.items():
        yield from _limits(setting, name)
    if (
        "default" in description.page_size.model_fields_set
        and description.page_size.default > description.page_size.most
    ):
        yield (
            ("page_size", "default"),
            f"The default is above `most`, which is {described.page_size.most}. Write a smaller one.",
        )
    for steps, text in _unfilled(description):
        for braces in _BRACES.findall(text):
            yield (
                steps,
                f"Settings are filled in at paths of requests only, and {braces} would be sent as it stands. Take it out.",
            )
    for steps, header in _headers(description):
        if not _HEADER.fullmatch(header):
            yield (
                steps,
                f"`{header}` cannot be the name of a header. It has letters, digits and dashes, and nothing after it.",
            )
        elif header.casefold() in _OURS or header.casefold().startswith("content-"):
            yield (
                steps,
                f"The header `{header}` belongs to the request itself. Name the one that the system reads.",
            )


def _limits(setting: Setting, name: str) -> LocatedMessages:
    steps: Location = ("settings", name, "default")
    if (
        setting.type == "text"
        and setting.max_length is not None
        and len(str(setting.default)) > setting.max_length
    ):
        yield steps, f"The default of `{name}` is longer than {setting.max_length} characters."
    if setting.type != "number" or not isinstance(setting.default, int | float):
        return
    if setting.least is not None and setting.default < setting.least:
        yield steps, f"The default of `{name}` has to be {setting.least:g} or more."
    if setting.most is not None and setting.default > setting.most:
        yield steps, f"The default of `{name}` has to be {setting.most:g} or less."


def _unfilled(description: Description) -> Iterator[tuple[Location, str]]:
    """Return what is sent as it stands."""
    queries: list[tuple[Location, Query]] = [(("check",), description.check.query)]
    for name in _ENDPOINTS:
        endpoint = getattr(description.employees, name)
        if endpoint is not None:
            queries.append((("employees", name), endpoint.query))
    for steps, query in queries:
        for name, value in query.items():
            yield (*steps, "query", name), str(value)
    if isinstance(description.authorisation, OAuth2):
        for name in ("authorize_path", "token_path", "revoke_path"):
            yield ("authorisation", name), getattr(description.authorisation, name) or ""


def _headers(description: Description) -> Iterator[tuple[Location, str]]:
    if isinstance(description.authorisation, HeaderKey):
        yield ("authorisation", "header"), description.authorisation.header
    create = description.employees.create
    if create is not None and create.idempotency is not None:
        yield ("employees", "create", "idempotency", "header"), create.idempotency.header

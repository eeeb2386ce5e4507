"""Check the settings of a description and the requests that they go into: paths, queries and headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import available_timezones

from connectors.contract.connector import SideSettings
from connectors.rest.checks.actions import status_paths
from connectors.rest.checks.yaml_lines import LocatedMessages, Location
from connectors.rest.description.authorisation import AskedToken, HeaderKey
from connectors.rest.description.document import Description, Setting
from connectors.rest.description.endpoints import FieldAction
from connectors.rest.description.placed import places_with_settings
from connectors.rest.description.reads import ListEndpoint, ReadEndpoint

# Settings that every described system has, so that a file cannot add them.
_STANDARD_SETTINGS = frozenset(
    {
        "url",
        "login_url",
        "token_url",
        "requests_per_second",
        "concurrency",
        "closed_hours",
        "employee_page",
        "page_size",
    }
)
_TYPES: dict[str, tuple[type, ...]] = {"number": (int, float), "yes or no": (bool,), "text": (str,)}
_NAMES = re.compile(r"\{([^{}]*)\}")
_BRACES = re.compile(r"\{\w+\}")
# In JSON, braces are also those of JSON.
_WORDS = re.compile(r"\{(\w+)\}")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Headers that belong to the request itself, besides those that begin with Content-.
_RESERVED = frozenset({"host", "connection", "transfer-encoding"})
# The endpoints, and the names in braces that each path must have besides settings.
_ENDPOINTS: dict[str, frozenset[str]] = {
    "list": frozenset(),
    "get": frozenset({"id"}),
    "create": frozenset(),
    "update": frozenset({"id"}),
    "create_many": frozenset(),
    "update_many": frozenset(),
    "by_external_id": frozenset({"external_id"}),
}
# The endpoints that may have their name in braces in the query or the JSON instead of the path.
_SEARCHED = frozenset({"get", "by_external_id"})


def check(description: Description) -> LocatedMessages:
    """Yield settings that cannot be used, names in braces that are never filled, and invalid headers."""
    for name, setting in description.settings.items():
        yield from _setting(setting, name)
    size = description.page_size
    if "default" in size.model_fields_set and size.default > size.most:
        yield (
            ("page_size", "default"),
            f"The default is above `most`, which is {size.most}. Write a smaller one.",
        )
    yield from _paths(description)
    yield from _marks(description)
    for location, text in _sent_as_written(description):
        for braces in _BRACES.findall(text):
            message = f"{braces} would be sent as written here. Remove it."
            yield location, message
    yield from _time_zone(description)
    yield from _prefix(description)
    for location, header in _headers(description):
        yield from _header(location, header)
    yield from _own_header(description)


def _setting(setting: Setting, name: str) -> LocatedMessages:
    if name in _STANDARD_SETTINGS or hasattr(SideSettings, name):
        yield ("settings", name), f"A setting cannot be called `{name}`. Choose another name."
    location: Location = ("settings", name, "default")
    if setting.choices and setting.default not in setting.choices:
        yield location, f"The default of `{name}` has to be one of its choices."
    if not isinstance(setting.default, _TYPES[setting.type]) or (
        setting.type == "number" and isinstance(setting.default, bool)
    ):
        yield location, f"The default of `{name}` has to be a {setting.type}."
    yield from _limits(setting, name, location)


def _limits(setting: Setting, name: str, location: Location) -> LocatedMessages:
    if (
        setting.type == "text"
        and setting.max_length is not None
        and len(str(setting.default)) > setting.max_length
    ):
        yield location, f"The default of `{name}` is longer than {setting.max_length} characters."
    if setting.type != "number" or not isinstance(setting.default, int | float):
        return
    if setting.least is not None and setting.default < setting.least:
        yield location, f"The default of `{name}` has to be {setting.least:g} or more."
    if setting.most is not None and setting.default > setting.most:
        yield location, f"The default of `{name}` has to be {setting.most:g} or less."


def _marks(description: Description) -> LocatedMessages:
    """Check that no value marks a response as a success as well as a refusal."""
    success, refused = description.errors.success, description.errors.refused
    if success is None or refused is None or success.at != refused.at:
        return
    both = {str(value).casefold() for value in success.equals} & {
        str(value).casefold() for value in refused.equals
    }
    if both:
        yield (
            ("errors", "refused", "is"),
            f"`{min(both)}` marks a success and a refusal. Write it under one of them only.",
        )


def _paths(description: Description) -> LocatedMessages:
    """Check that each name in braces is a setting or, where there is one, the employee's id."""
    texts: list[tuple[Location, str, frozenset[str]]] = [
        (("check", "where", name), text, frozenset()) for name, text in description.check.where.items()
    ]
    texts += [(("headers", name), text, frozenset()) for name, text in description.headers.items()]
    texts += [(location, text, frozenset()) for location, text in places_with_settings(description)]
    for location, endpoint, names, required in _requests(description):
        texts += [((*location, *place), text, names) for place, text in texts_of(endpoint)]
        yield from _read_by_post(location, endpoint)
        is_anywhere = location[-1] in _SEARCHED or isinstance(endpoint, FieldAction)
        where = ("path", "query", "json") if is_anywhere else ("path",)
        held = [text for place, text in texts_of(endpoint) if place[0] in where]
        if missing := required - {*_NAMES.findall(" ".join(held))}:
            place = "The path" if len(where) == 1 else "The path, the query or `json`"
            message = f"{place} has to hold {{{min(missing)}}}, which stands for the employee."
            yield (*location, "path"), message
    texts += [(location, text, frozenset({"status_id"})) for location, text in status_paths(description)]
    for location, text, known in texts:
        pattern = _NAMES if location[-1] == "path" else _WORDS
        for name in pattern.findall(text):
            if name not in description.settings and name not in known:
                message = f"There is no setting `{name}`. Add it under `settings`, or remove {{{name}}}."
                yield location, message


def _requests(description: Description) -> Iterator[tuple[Location, Any, frozenset[str], frozenset[str]]]:
    """Yield each endpoint with its place, the names that may be in braces besides settings, and those that must be."""
    none = frozenset[str]()
    yield ("check",), description.check, none, none
    for name, required in _ENDPOINTS.items():
        if (endpoint := getattr(description.employees, name)) is not None:
            yield ("employees", name), endpoint, required, required
    for index, action in enumerate(description.employees.actions):
        location: Location = ("employees", "actions", index)
        yield location, action, frozenset({"id", "value", *action.also}), frozenset({"id"})
    for location, listed in _other_lists(description):
        yield location, listed, none, none


def texts_of(endpoint: Any) -> Iterator[tuple[Location, str]]:
    """Yield the texts of a request in which names in braces are filled in."""
    yield ("path",), endpoint.path
    for name, value in endpoint.query.items():
        yield ("query", name), str(value)
    yield from _json_texts(getattr(endpoint, "content", None), ("json",))


def _json_texts(content: Any, location: Location) -> Iterator[tuple[Location, str]]:
    if isinstance(content, dict):
        for name, inner in content.items():
            yield from _json_texts(inner, (*location, name))
    elif isinstance(content, list):
        for index, inner in enumerate(content):
            yield from _json_texts(inner, (*location, index))
    elif isinstance(content, str):
        yield location, content


def _read_by_post(location: Location, endpoint: Any) -> LocatedMessages:
    if isinstance(endpoint, ReadEndpoint) and endpoint.content is not None and endpoint.method != "POST":
        yield (*location, "json"), "`json` is only sent with POST. Add `method: POST`."


def _other_lists(description: Description) -> Iterator[tuple[Location, ListEndpoint]]:
    """Yield the lists that the system has beside its employees."""
    if description.source is not None and description.source.branches is not None:
        yield ("source", "branches", "list"), description.source.branches.list
    for name, choices in (description.target.choices if description.target else {}).items():
        yield ("target", "choices", name, "list"), choices.list


def _sent_as_written(description: Description) -> Iterator[tuple[Location, str]]:
    """Yield the texts in which names in braces are not filled in."""
    if isinstance(description.authorisation, AskedToken):
        return
    for name in ("authorize_path", "token_path", "revoke_path"):
        yield ("authorisation", name), getattr(description.authorisation, name, None) or ""


def _time_zone(description: Description) -> LocatedMessages:
    if description.time_zone is not None and description.time_zone not in available_timezones():
        message = (
            f"There is no time zone `{description.time_zone}`. Write `UTC`, or such as `Australia/Sydney`."
        )
        yield ("time_zone",), message


def _headers(description: Description) -> Iterator[tuple[Location, str]]:
    if isinstance(description.authorisation, HeaderKey | AskedToken):
        yield ("authorisation", "header"), description.authorisation.header
    for name in description.headers:
        yield ("headers", name), name
    if description.errors.header is not None:
        yield ("errors", "header"), description.errors.header
    if description.limits.minute_header is not None:
        yield ("limits", "minute_header"), description.limits.minute_header
    create = description.employees.create
    if create is not None and create.idempotency is not None:
        yield ("employees", "create", "idempotency", "header"), create.idempotency.header


def _own_header(description: Description) -> LocatedMessages:
    """Find headers in the place of the one that iHUB signs in with."""
    given = description.authorisation
    own = given.header if isinstance(given, HeaderKey | AskedToken) else "Authorization"
    for name in description.headers:
        if name.casefold() == own.casefold() and given.kind != "none":
            yield ("headers", name), f"iHUB signs in with the header `{own}`. Remove it here."


def _prefix(description: Description) -> LocatedMessages:
    """Find a word before a key that the key would be stuck to."""
    given = description.authorisation
    if isinstance(given, HeaderKey | AskedToken) and given.prefix[-1:].isalnum():
        written = f'`prefix: "{given.prefix} "`'
        message = f"The key would follow `{given.prefix}` without a space. Write {written}, in quotes."
        yield ("authorisation", "prefix"), message


def _header(location: Location, header: str) -> LocatedMessages:
    if not _HEADER.fullmatch(header):
        yield location, f"`{header}` is not a valid header name. Use letters, digits and dashes only."
    elif header.casefold() in _RESERVED or header.casefold().startswith("content-"):
        yield (
            location,
            f"The header `{header}` belongs to the request itself. Write the header that the system reads.",
        )

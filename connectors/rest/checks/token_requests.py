"""Check how a file asks for a token: what a person enters for it, and where that goes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from connectors.rest.checks.yaml_lines import LocatedMessages, Location
from connectors.rest.description.authorisation import (
    AskedToken,
    EnteredValue,
    TokenRequest,
    entered_values,
)
from connectors.rest.description.document import Description

_NAMES = re.compile(r"\{([^{}]*)\}")
# What iHUB keeps beside what was entered.
_KEPT = frozenset(
    {"access_token", "refresh_token", "expires_at", "refresh_at", "scope", "token_type", "entered"}
)


def check(description: Description) -> LocatedMessages:
    """Yield names that nobody enters, values that are never sent, and secrets that would stand in an address."""
    asked = description.authorisation
    if not isinstance(asked, AskedToken):
        return
    entered = entered_values(asked)
    for name in sorted(entered.keys() & _KEPT):
        yield ("authorisation", "entered", name), f"iHUB keeps `{name}` itself. Choose another name."
    for name in sorted(entered.keys() & description.settings.keys()):
        message = f"`{name}` is a setting too. Choose another name, so that {{{name}}} has one meaning."
        yield ("settings", name), message
    for field, value in asked.fields.items():
        location: Location = ("authorisation", "fields", field)
        yield from _names(location, str(value), {**entered, **description.settings})
    for name in _NAMES.findall(asked.token_path):
        location = ("authorisation", "token_path")
        if name in entered:
            yield (
                location,
                f"{{{name}}} is entered by a person and must not stand in an address. Send it in `fields`.",
            )
        else:
            yield from _names(location, f"{{{name}}}", description.settings)
    if isinstance(asked, TokenRequest):
        yield from _own_form(asked, entered)


def _own_form(asked: TokenRequest, entered: Mapping[str, EnteredValue]) -> LocatedMessages:
    for name in asked.basic or ():
        if name not in entered:
            yield ("authorisation", "basic"), f"Nobody enters `{name}`. Add it under `entered`."
    sent = {name for value in asked.fields.values() for name in _NAMES.findall(str(value))}
    for name in entered:
        if name not in sent and name not in (asked.basic or ()):
            message = f"`{name}` is entered and never sent. Add {{{name}}} to `fields`, or remove it."
            yield ("authorisation", "entered", name), message


def _names(location: Location, text: str, known: Mapping[str, object]) -> LocatedMessages:
    for name in _NAMES.findall(text):
        if name not in known:
            close = get_close_matches(name, known, 1)
            advice = (
                f"Did you mean {{{close[0]}}}?"
                if close
                else f"Add it under `settings`, or remove {{{name}}}."
            )
            yield location, f"There is no setting or entered value `{name}`. {advice}"

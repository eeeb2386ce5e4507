"""Check that fields and mappings choose from lists that the target's file describes."""

from __future__ import annotations

from connectors.rest.checks.yaml_lines import LocatedMessages, Location
from connectors.rest.description.document import Description
from connectors.rest.description.roles import TargetRole


def check(description: Description) -> LocatedMessages:
    """Yield each field that names a list which is not described."""
    target = description.target
    for index, field in enumerate(target.fields if target else ()):
        location: Location = ("target", "fields", index)
        assert target is not None
        if field.choices is not None and field.choices not in target.choices:
            yield (*location, "choices"), _unknown(target, field.choices)
        if field.choice is not None and field.choice.of not in target.choices:
            yield (*location, "choice", "of"), _unknown(target, field.choice.of)


def _unknown(target: TargetRole, name: str) -> str:
    known = ", ".join(f"`{each}`" for each in target.choices)
    advice = f"Its lists are: {known}." if known else "Its file describes no lists under `choices`."
    return f"The target has no list `{name}`. {advice}"

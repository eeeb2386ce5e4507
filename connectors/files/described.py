"""Describe the records in files as those of systems with an API, so that everything else about them is shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from connectors.contract.connector import SideSettings
from connectors.rest.checks.yaml_lines import read_yaml
from connectors.rest.description.document import Description
from connectors.rest.description.system import System

TEMPLATES = Path(__file__).parent / "templates"
# What files do not have: addresses and requests.
_NO_REQUESTS: Mapping[str, Any] = {
    "url": "https://files.invalid",
    "authorisation": {"kind": "none"},
    "check": {"path": "/", "id": "id"},
}


def describe_target(template: str, form: type[SideSettings]) -> System:
    """Return the records that a template of this package describes. Each is also a test of its own words."""
    content = read_yaml((TEMPLATES / f"{template}.yaml").read_text("utf-8")).content
    key = content["target"]["external_id"]
    endpoints = {
        "id": key,
        "list": {"path": "/"},
        "get": {"path": "/{id}"},
        "create": {"path": "/"},
        "update": {"path": "/{id}", "sends": "ours"},
    }
    settings = {"number_from": {
        "title": "Number of an employee", "description": "What the payroll knows an employee by.",
        "choices": ["employee_number", "source_id"], "default": "employee_number",
    }}  # fmt: skip
    whole = {**_NO_REQUESTS, "employees": endpoints, "settings": settings, **content}
    return System(Description.model_validate(whole), form, code_version="files 1")


# What people write for iHUB's words.
_WORDS: Mapping[str, Mapping[str, str]] = {
    "status": {
        **dict.fromkeys(("a", "employed", "yes", "open", "on payroll"), "Current"),
        **dict.fromkeys(
            (
                "inactive",
                "i",
                "t",
                "left",
                "leaver",
                "ended",
                "resigned",
                "former",
                "no",
                "closed",
                "dismissed",
            ),
            "Terminated",
        ),
        **dict.fromkeys(("on leave", "parental leave", "l"), "Leave"),
        "unpaid leave": "LeaveWithoutPay",
    },
    "gender": {
        **dict.fromkeys(("m", "man"), "Male"),
        **dict.fromkeys(("f", "w", "woman"), "Female"),
        **dict.fromkeys(
            ("x", "non-binary", "non binary", "nonbinary", "other", "indeterminate"), "Non_Binary"
        ),
        **dict.fromkeys(
            ("u", "n", "not stated", "unspecified", "unknown", "prefer not to say"), "Not_Stated"
        ),
        **{"male": "Male", "female": "Female"},
    },
    "employment_type": {
        **dict.fromkeys(
            ("full time", "full-time", "fulltime", "ft", "permanent full time"), "Permanent_FullTime"
        ),
        **dict.fromkeys(
            ("part time", "part-time", "parttime", "pt", "permanent part time"), "Permanent_PartTime"
        ),
        **dict.fromkeys(("fixed term", "fixed term full time"), "FixedTerm_FullTime"),
        "fixed term part time": "FixedTerm_PartTime",
        **dict.fromkeys(("contractor", "contract"), "Contract"),
        **dict.fromkeys(("c", "casual"), "Casual"),
        "labour hire": "LabourHire",
        **dict.fromkeys(("temp", "temporary"), "Temporary"),
    },
}


def describe_source(kind: str, name: str, columns: Mapping[str, str], form: type[SideSettings]) -> System:
    """Return what the columns of a file are, by heading; each value is in a record under the field's own name."""
    employee: dict[str, Any] = {}
    for path in columns.values():
        if path != "source_id":
            at = key_of(path)
            employee[path] = {"at": at, "map": dict(_WORDS[path])} if path in _WORDS else at
    content = {
        **_NO_REQUESTS,
        "kind": kind,
        "name": name,
        "summary": "Employees in files.",
        "employees": {"id": "id", "list": {"path": "/"}},
        "source": {"employee": employee, "required": ["surname"]},
    }
    return replace(System(Description.model_validate(content), form), code_version="files 1")


def key_of(path: str) -> str:
    """Return where a record has the value of a field: its path without dots."""
    return path.replace(".", "_")

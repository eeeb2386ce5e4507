"""The audit in the words of a payroll admin: what was done, on what, and what belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.registry import name_of
from core.models import Role

ACTIONS = {
    "sign-in": "Signed in",
    "sign-out": "Signed out",
    "sign-out everywhere": "Signed out everywhere",
    "password.choose": "Own password chosen",
    "access.ask": "Access asked for",
    "access.grant": "Access granted",
    "access.decline": "Request for access declined",
    "account.create": "Account added",
    "account.enable": "iHUB switched on",
    "account.disable": "iHUB switched off",
    "account.choose": "Account chosen",
    "account.look": "Support looked into the account",
    "user.add": "Person added",
    "user.enable": "Person switched on",
    "user.disable": "Person switched off",
    "user.password": "One-time password given",
    "user.revoke": "Access taken away",
    "role.give": "Role given",
    "role.take": "Role taken away",
    "support.give": "Made a member of Support",
    "support.take": "No longer a member of Support",
    "connection.create": "Connection added",
    "connection.delete": "Connection deleted",
    "side.connect": "System connected",
    "side.settings": "Settings changed",
    "side.disconnect": "System disconnected",
    "side.lost": "System let iHUB in no more",
    "run.start": "Run started",
    "run.cancel": "Run cancelled",
    "plan.agree": "Changes agreed to",
    "plan.approve": "Held changes approved",
    "plan.refuse": "Held changes refused",
    "link.make": "Employee linked",
    "link.refuse": "Employee kept apart",
    "link.break": "Link removed",
    "job.limits": "Guard rails changed",
    "client.set": "Registration entered",
    "client.addresses": "Addresses of a registration changed",
    "client.remove": "Registration removed",
    "schedule.create": "Schedule created",
    "schedule.cancel": "Schedule cancelled",
    "export.runs": "Runs exported",
    "export.records": "Employees of a run exported",
    "export.audit": "Audit exported",
    "keys.rotate": "Encryption key changed",
}
REFUSED = {"sign-in": "Tried to sign in", "side.connect": "Tried to connect a system"}
STRANGER = "Somebody unknown"
ACTORS = {"command line": "The operator", "somebody unknown": STRANGER, "demo": "The demo"}
RESULTS = {"done": "Done", "refused": "Refused", "no access": "No access"}
ROLES = {Role.ACCOUNT_ADMIN: "Account Admin", Role.ANALYST: "Analyst"}
WAYS = {"local": "With a password of iHUB", "enablehr": "With enableHR"}
_LABELS = {
    "rule": "",
    "why": "Reason",
    "chosen": "Employees",
    "by_run": "By run",
    "organisation": "Organisation",
    "source": "Source",
    "target": "Target",
    "sign_ins": "Sign-ins ended",
    "sessions": "Sign-ins ended",
    "waiting_runs": "Waiting runs cancelled",
    "resealed": "Values encrypted again",
}


def action_text(name: str, *, done: bool = True) -> str:
    """Return an action in words, done or only tried; one that has none yet is shown as it is."""
    if not done and name in REFUSED:
        return REFUSED[name]
    return ACTIONS.get(name) or name.replace(".", " ").replace("_", " ").capitalize()


def actor_text(detail: Mapping[str, Any]) -> str:
    """Return who it was where it was no user."""
    by = str(detail.get("by") or "iHUB")
    return ACTORS.get(by, by)


def result_text(name: str) -> str:
    """Return how it went, in words."""
    return RESULTS.get(name) or name.capitalize()


def details_text(detail: Mapping[str, Any]) -> str:
    """Return what else was written down, as one line; names of things are told elsewhere."""
    return "; ".join(part for name, value in detail.items() if (part := _detail_text(name, value)))


def _detail_text(name: str, value: Any) -> str:
    if name in ("by", "connection", "account") or value in (None, "", False):
        return ""
    if name == "way":
        return WAYS.get(value, str(value))
    if name == "role":
        return ROLES.get(value, str(value))
    if name == "support":
        return "enableHR Support"
    if name == "changes":
        return "; ".join(
            f"{each['label']}: {_value_text(each['before'])} → {_value_text(each['after'])}" for each in value
        )
    if name in ("source", "target"):
        value = name_of(str(value))
    label = _LABELS.get(name, name.replace("_", " ").capitalize())
    text = "yes" if value is True else str(value)
    return f"{label}: {text}" if label else text


def _value_text(value: Any) -> str:
    if value is None:
        return "default"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)

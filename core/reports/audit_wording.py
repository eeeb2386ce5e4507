"""Put the audit into the words of a payroll admin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.registry import name_of
from core.models import Role

_TEXTS = {
    "sign-in": "Signed in",
    "sign-out": "Signed out",
    "sign-out everywhere": "Signed out everywhere",
    "password.choose": "Password chosen",
    "access.ask": "Access requested",
    "access.grant": "Access granted",
    "access.decline": "Request for access declined",
    "account.create": "Account added",
    "account.enable": "iHUB switched on",
    "account.disable": "iHUB switched off",
    "account.time_zone": "Time zone changed",
    "account.retention": "How long data is kept changed",
    "account.choose": "Account chosen",
    "account.look": "Account viewed by Support",
    "user.add": "Person added",
    "user.enable": "Person switched on",
    "user.disable": "Person switched off",
    "user.password": "One-time password issued",
    "user.revoke": "Access removed",
    "role.give": "Role given",
    "role.take": "Role removed",
    "support.give": "Added to Support",
    "support.take": "Removed from Support",
    "connection.create": "Connection added",
    "connection.delete": "Connection deleted",
    "side.connect": "{system} connected",
    "side.settings": "{system} settings changed",
    "side.upload": "File uploaded for {system}",
    "side.disconnect": "{system} disconnected",
    "side.lost": "{system} revoked access",
    "run.start": "Run started",
    "run.cancel": "Run stopped",
    "plan.agree": "Held changes agreed to",
    "plan.approve": "Held changes approved",
    "plan.refuse": "Held changes rejected",
    "plan.keep_agreement": "Agreement kept in a newer plan",
    "plan.first_changes": "First changes decided",
    "field.use_hr": "HR's value chosen",
    "field.keep_payroll": "Payroll's value kept",
    "field.ask_hr": "HR asked",
    "field.take_back": "Decision taken back",
    "link.make": "Employee linked",
    "link.refuse": "Employee to be created as new",
    "link.break": "Link removed",
    "link.undo": "Match decision undone",
    "hold.put": "Put on hold",
    "hold.release": "Released from hold",
    "pay_days.save": "Pay calendar saved",
    "pay_days.remove": "Pay calendar removed",
    "problem.put_off": "Problem put off",
    "problem.ignore": "Problem ignored",
    "problem.assign": "Problem assigned",
    "problem.comment": "Note on a problem",
    "problem.show": "Problem shown again",
    "job.limits": "Limits changed",
    "mapping.save": "Mapping saved",
    "mapping.restore": "Earlier mapping restored",
    "mapping.import": "Mapping imported",
    "mapping.sample": "Employees read for a mapping",
    "client.set": "OAuth client saved",
    "client.addresses": "Addresses of an OAuth client changed",
    "client.remove": "OAuth client removed",
    "alerts.choose": "Alerts chosen",
    "alerts.test": "Test mail sent",
    "webhook.save": "Webhook saved",
    "webhook.remove": "Webhook removed",
    "webhook.test": "Webhook tested",
    "schedule.create": "Schedule created",
    "schedule.change": "Schedule changed",
    "schedule.pause": "Schedule paused",
    "schedule.resume": "Schedule resumed",
    "schedule.cancel": "Schedule cancelled",
    "schedule.restore": "Schedule restored",
    "token.create": "API token created",
    "token.revoke": "API token revoked",
    "export.runs": "Runs exported",
    "export.records": "Employees of runs exported",
    "export.people": "People exported",
    "export.by_hand": "To do by hand exported",
    "export.plan": "Plan exported",
    "export.mapping": "Mapping exported",
    "export.readiness": "Employees who are not ready exported",
    "export.super": "Employees who lack something for super exported",
    "export.audit": "Audit exported",
    "keys.rotate": "Encryption key changed",
}
# Every action in words, where the subject is named beside it.
ACTIONS = {name: text.format(system="System") for name, text in _TEXTS.items()}
_REFUSED = {"sign-in": "Tried to sign in", "side.connect": "Tried to connect {system}"}
STRANGER = "Unknown person"
ACTORS = {"command line": "The operator", "somebody unknown": STRANGER, "demo": "The demo"}
RESULTS = {"done": "Done", "refused": "Refused", "no access": "No access"}
ROLES = {Role.ACCOUNT_ADMIN: "Account Admin", Role.ANALYST: "Analyst"}
SIGN_IN_WAYS = {"local": "With an iHUB password", "enablehr": "With enableHR"}
_LABELS = {
    "rule": "",
    "field": "",
    "kept_fields": "Payroll's value kept in",
    "kept_people": "Employees whose payroll values are kept",
    "why": "Reason",
    "chosen": "Employees",
    "by_run": "By run",
    "organisation": "Organisation",
    "format": "Format",
    "api_token": "By the API token",
    "source": "Source",
    "target": "Target",
    "by_mail": "By e-mail",
    "sign_ins": "Sign-ins ended",
    "sessions": "Sign-ins ended",
    "waiting_runs": "Queued runs cancelled",
    "resealed": "Values encrypted again",
}


def action_text(name: str, *, done: bool = True, system: str | None = None) -> str:
    """Return an action in words, done or only tried. An action without words is shown by its name."""
    if not done and name in _REFUSED:
        return _REFUSED[name].format(system=system or "a system")
    if name not in _TEXTS:
        return name.replace(".", " ").replace("_", " ").capitalize()
    return _TEXTS[name].format(system=system or "System")


def actor_text(detail: Mapping[str, Any]) -> str:
    """Return who did it, where it was not a user."""
    by = str(detail.get("by") or "iHUB")
    return ACTORS.get(by, by)


def result_text(name: str) -> str:
    """Return the result in words."""
    return RESULTS.get(name) or name.capitalize()


def details_text(detail: Mapping[str, Any]) -> str:
    """Return the further details of a row as one line; the subject has its own column."""
    return "; ".join(part for name, value in detail.items() if (part := _detail_text(name, value)))


def _detail_text(name: str, value: Any) -> str:
    if name in ("by", "connection", "account") or value in (None, "", False):
        return ""
    if name == "way":
        return SIGN_IN_WAYS.get(value, str(value))
    if name == "role":
        return ROLES.get(value, str(value))
    if name == "support":
        return "enableHR Support"
    if name == "changes":
        return "; ".join(
            f"{change['label']}: {_value_text(change['before'])} → {_value_text(change['after'])}"
            for change in value
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

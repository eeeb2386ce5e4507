"""A person of two accounts in two tabs, and every function of the core that the pages call for somebody."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType

import pytest
from streamlit.testing.v1 import AppTest

from core.db import transaction
from core.models import Membership, Role
from core.security.actor import Actor
from core.settings import ROOT
from core.sign_in import sessions
from pages.ui.layout import current_user
from tests.pages.conftest import Show
from tests.web.conftest import People

# They only look.
READS = {
    "api_tokens.list_tokens",
    *("activity.alerts", "activity.count_held", "activity.people_to_fix", "activity.plans_to_decide"),
    *("activity.runs_in_progress", "connection_list.connections_page", "listing.list_people"),
    *("full_effect.find", "full_effect.minutes"),
    *("choices.get_preferences", "choices.known_address", "feed.count_new", "feed.list_events"),
    *("feed.list_undelivered", "webhooks.get_webhook"),
    *("access_requests.latest_request", "access_requests.open_requests", "accounts.list_all"),
    *("alerts.open_alerts", "audit_log.audit_page", "audit_log.people_in_audit", "choices.list_choices"),
    *("drafts.overlaps", "editor.open_editor", "editor.open_field", "previews.latest", "samples.get"),
    "unused_choices.list_unused",
    *("value_maps.list_values", "versions.check", "versions.export_yaml", "versions.list_versions"),
    *("views.compare", "views.compare_documents", "views.describe_overlap", "views.list_fields"),
    *("connection_history.connection_history", "connections.get", "connections.list_connections"),
    *("employee_files.list_columns", "erasure.is_read_by_a_run", "insights.insights"),
    *("current.get_scope", "current.people_names", "effect.estimate"),
    *("field_conflicts.conflicts_of", "field_conflicts.conflicts_page", "first_changes.first_changes"),
    *("holds.list_holds", "listing.count_people"),
    *("limits.get_limits", "matches.confirmable_pairs", "matches.waiting_employees"),
    *("memberships.must_choose_password", "oauth_clients.list_clients"),
    *("open_problems.connections_with_problems", "open_problems.count_people", "open_problems.problems_page"),
    *("overview.accounts_page", "overview.people_page", "overview.person"),
    *("readiness.readiness", "readiness.waiting_people"),
    "approvals.another_has_to_agree",
    *("plans.ends_by_hand", "plans.get_plan", "plans.origin_run", "plan_rows.plan_counts"),
    *(
        "plan_rows.plan_page",
        "plan_rows.positions_of",
        "limits.limit_figures",
        "deletion_effects.deletion_effects",
    ),
    *("comparison.comparable_runs", "comparison.compare", "connection_trend.connection_trend"),
    *("headline.same_as_last_time", "records.records_page", "run_filter.starters", "sums.sums"),
    *("to_do_by_hand.hand_entries_page", "requests.requests_for", "requests.run_measures"),
    *("requests.failed_requests", "target_people.search_target"),
    *("current.find_source_id", "decisions.assignable", "listing.last_read", "person.read_person"),
    *("search.find_people", "versions.get"),
    *("run_list.integrations", "run_list.run_details", "run_list.runs_page"),
    *("sessions.account_of", "sessions.accounts_of", "super_readiness.super_page"),
    *("views.get_job", "views.list_jobs"),
    *("coming.coming_pays", "coming.next_pays", "counts_for.describe", "final_sweeps.next_sweep"),
    *("final_sweeps.preview", "forecast.forecast", "stored.get", "stored.history"),
    *("super_list.super_list", "two_calendars.find"),
}
# They concern the person, or every account; they name the account themselves.
OF_NO_ACCOUNT = {
    *("access_requests.decline", "access_requests.grant", "access_requests.submit"),
    *("accounts.create", "accounts.set_enabled", "sessions.sign_out_everywhere"),
    *("memberships.choose_password", "memberships.give_role", "memberships.invite"),
    *("memberships.new_password", "memberships.revoke_role", "memberships.set_active"),
    *("memberships.set_support", "oauth_clients.remove_client", "oauth_clients.save_client"),
    *("oauth_clients.set_addresses", "periods.read_periods", "periods.save_periods"),
}


def functions_for_somebody() -> dict[str, tuple[ModuleType, str]]:
    """Return the functions of the core with an actor that the pages name, as ``module.function``."""
    found = _functions()
    return {name: at for name, at in found.items() if "actor" in inspect.signature(getattr(*at)).parameters}


def changes_for_nobody() -> set[str]:
    """Return the functions without an actor that the pages name and that open a transaction to change something."""
    found = _functions()
    changing = {name for name, at in found.items() if "transaction(" in inspect.getsource(getattr(*at))}
    return changing - functions_for_somebody().keys()


def _functions() -> dict[str, tuple[ModuleType, str]]:
    found = {}
    for path in sorted([*(ROOT / "pages").rglob("*.py"), ROOT / "Home.py"]):
        for module, name in _named(ast.parse(path.read_text())):
            if inspect.isfunction(getattr(module, name, None)):
                found[f"{module.__name__.rpartition('.')[2]}.{name}"] = (module, name)
    return found


def _named(tree: ast.Module) -> Iterator[tuple[ModuleType, str]]:
    """Return what a module of the pages takes from modules of the core."""
    modules: dict[str, ModuleType] = {}
    for node in ast.walk(tree):
        assert not (isinstance(node, ast.Import) and node.names[0].name.startswith("core")), "not seen below"
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("core"):
            continue
        origin = import_module(node.module or "")
        for each in node.names:
            value = getattr(origin, each.name, None)
            if value is None:
                value = import_module(f"{node.module}.{each.name}")
            if inspect.ismodule(value):
                modules[each.asname or each.name] = value
            else:
                yield origin, each.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield modules[node.value.id], node.attr


class TwoTabs:
    """What was done in the first tab, and in which account."""

    def __init__(self, show: Show, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
        """Give the Account Admin the same role in the other account, and note in which one each function acts."""
        self._show, self.people = show, people
        self.monkeypatch = monkeypatch
        self.done: list[tuple[str, int | None]] = []
        with transaction() as session:
            session.add(
                Membership(user_id=people.admin, account_id=people.other_account, role=Role.ACCOUNT_ADMIN)
            )
        for name, (module, function) in functions_for_somebody().items():
            if name not in READS:
                monkeypatch.setattr(module, function, self._noted(name, getattr(module, function)))

    def _noted(self, name: str, function: Callable[..., object]) -> Callable[..., object]:
        def noted(*arguments: object, **named: object) -> object:
            actors = [each for each in (*arguments, *named.values()) if isinstance(each, Actor)]
            self.done.append((name, actors[0].account_id if actors else None))
            return function(*arguments, **named)

        return noted

    def show(self, page: str, user_id: int | None = None, /, **query: object) -> AppTest:
        """Show a page in the first tab, in the first account; then the other account is chosen in a second tab."""
        test = self._show(page, user_id or self.people.admin, self.people.account, **query)
        token = current_user.session_token()
        assert token is not None
        sessions.choose_account(token, self.people.other_account)
        return test

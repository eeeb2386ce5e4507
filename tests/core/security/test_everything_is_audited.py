"""Every use case that changes something or exports data leaves a row in the audit; each use case is listed here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.accounts import access_requests, accounts, memberships, overview, users
from core.alerts import choices as alert_choices
from core.alerts import feed, webhooks
from core.clock import now
from core.connections import connect, connections, deletion, deletion_effects, employee_files, oauth_flow
from core.db import reading, transaction
from core.errors import ConflictError, InvalidError
from core.exports import files, pages, person_table, record_table, run_table
from core.home import activity, connection_list
from core.jobs import cancellation, limits, schedule_changes, schedules, start, views
from core.jobs.calendar import final_sweeps
from core.mapping import choices, drafts, previews, samples, versions
from core.mapping import views as mapping_views
from core.mapping_editor import editor, unused_choices, value_maps
from core.models import Audit, User
from core.pay_days import counts_for, stored
from core.pay_days.super_due import super_list
from core.pay_days.who_misses import coming, forecast, two_calendars
from core.people import listing, readiness, search, super_readiness, values
from core.problems import decisions as problem_decisions
from core.problems import open_problems
from core.reports import (
    audit_log,
    audit_wording,
    connection_history,
    exports,
    matching_records,
    readiness_exports,
    records,
    requests,
    run_filter,
    run_list,
)
from core.reports.outcomes import comparison, connection_trend, headline, sums, to_do_by_hand
from core.retention import periods
from core.review import (
    approvals,
    field_conflicts,
    field_decisions,
    first_changes,
    match_decisions,
    matches,
    plan_rows,
    plans,
)
from core.runs import request
from core.scope import holds
from core.scope_editor import current, effect, full_effect, saving
from core.security.actor import Actor
from core.sides import alerts, oauth_clients
from core.sign_in import api_tokens, sessions
from core.story import person, target_people
from tests.core.security.discovery import UseCase, name_of
from tests.core.security.rights import DAILY, MAPPING, TABLE
from tests.core.security.two_accounts import Place, Places

WRITES: dict[UseCase, str] = {
    connections.create: "connection.create",
    connect.change_settings: "side.settings",
    connect.connect_side: "side.connect",
    connect.connect_or_choose: "side.connect",
    oauth_flow.finish: "side.connect",
    oauth_flow.choose: "side.connect",
    deletion.delete: "connection.delete",
    alert_choices.save_preferences: "alerts.choose",
    alert_choices.send_test_mail: "alerts.test",
    webhooks.save_webhook: "webhook.save",
    webhooks.remove_webhook: "webhook.remove",
    webhooks.send_test_call: "webhook.test",
    start.run_now: "run.start",
    start.sync_selected: "run.start",
    start.sync_records: "run.start",
    start.sync_problems: "run.start",
    start.preview_person: "run.start",
    start.compare_all: "run.start",
    field_decisions.decide: "field.keep_payroll",
    field_decisions.take_back: "field.take_back",
    request.request: "run.start",
    cancellation.cancel: "run.cancel",
    cancellation.cancel_all: "run.cancel",
    schedules.create: "schedule.create",
    schedules.cancel: "schedule.cancel",
    schedule_changes.change: "schedule.change",
    schedule_changes.pause: "schedule.pause",
    schedule_changes.resume: "schedule.resume",
    schedule_changes.restore: "schedule.restore",
    approvals.reject: "plan.refuse",
    limits.change_limits: "job.limits",
    versions.save: "mapping.save",
    versions.restore: "mapping.restore",
    versions.import_yaml: "mapping.import",
    previews.start: "run.start",
    previews.store: "run.start",
    samples.request: "mapping.sample",
    match_decisions.unlink: "link.break",
    match_decisions.undo: "link.undo",
    holds.put: "hold.put",
    saving.save_scope: "mapping.save",
    full_effect.start: "run.start",
    holds.release: "hold.release",
    stored.save: "pay_days.save",
    stored.remove: "pay_days.remove",
    problem_decisions.assign: "problem.assign",
    problem_decisions.comment: "problem.comment",
    problem_decisions.put_off: "problem.put_off",
    problem_decisions.ignore: "problem.ignore",
    problem_decisions.show_again: "problem.show",
    files.export_runs: "export.runs",
    files.export_records: "export.records",
    files.export_people: "export.people",
    pages.record_reading: "export.people",
    api_tokens.create_token: "token.create",
    api_tokens.revoke_token: "token.revoke",
    exports.export_by_hand: "export.by_hand",
    plan_rows.export_plan: "export.plan",
    readiness_exports.export_waiting: "export.readiness",
    readiness_exports.export_super: "export.super",
    audit_log.export_audit: "export.audit",
    versions.export_yaml: "export.mapping",
    access_requests.grant: "access.grant",
    access_requests.decline: "access.decline",
    access_requests.submit: "access.ask",
    accounts.create: "account.create",
    users.add_user: "user.add",
    users.revoke: "user.revoke",
    accounts.set_enabled: "account.disable",
    accounts.change_time_zone: "account.time_zone",
    memberships.invite: "user.add",
    memberships.give_role: "role.give",
    memberships.revoke_role: "role.take",
    memberships.set_support: "support.give",
    memberships.set_active: "user.disable",
    memberships.new_password: "user.password",
    memberships.choose_password: "password.choose",
    periods.save_periods: "account.retention",
    oauth_clients.save_client: "client.set",
    oauth_clients.set_addresses: "client.addresses",
    oauth_clients.remove_client: "client.remove",
    sessions.sign_out_everywhere: "sign-out everywhere",
}
READS: set[UseCase] = {
    *(
        connections.list_connections,
        connections.get,
        connections.connection_of_side,
        connect.needs_credentials,
        connection_history.connection_history,
    ),
    *(employee_files.list_columns, holds.list_holds),
    *(stored.get, stored.history, stored.preview, final_sweeps.next_sweep, final_sweeps.preview),
    counts_for.describe,
    *(forecast.forecast, super_list.super_list, two_calendars.find, coming.coming_pays, coming.next_pays),
    *(
        current.get_scope,
        current.people_names,
        current.find_source_id,
        current.read_branches,
        effect.estimate,
    ),
    *(full_effect.find, full_effect.best_known, full_effect.minutes),
    *(alerts.open_alerts, views.list_jobs, views.get_job, schedules.active_schedule, limits.get_limits),
    limits.limit_figures,
    *(feed.list_events, feed.count_new, feed.mark_seen, feed.list_undelivered),
    *(alert_choices.get_preferences, alert_choices.known_address, webhooks.get_webhook),
    deletion_effects.deletion_effects,
    schedules.announce_starts,
    *(
        plans.get_plan,
        plan_rows.planned_records,
        plans.origin_run,
        plans.open_plans,
        plans.ends_by_hand,
        plan_rows.planned_positions,
        plan_rows.plan_page,
        plan_rows.plan_counts,
        plan_rows.positions_of,
        approvals.another_has_to_agree,
    ),
    *(versions.get, versions.list_versions, versions.check, drafts.get),
    *(mapping_views.list_fields, mapping_views.compare, previews.latest, samples.get),
    *(mapping_views.compare_documents, mapping_views.describe_overlap, drafts.overlaps),
    *(editor.open_editor, unused_choices.list_unused, value_maps.list_values),
    *(activity.runs_in_progress, activity.plans_to_decide, activity.count_held),
    *(activity.people_to_fix, activity.alerts, connection_list.connections_page),
    *(matches.waiting_employees, matches.confirmable_pairs),
    *(field_conflicts.conflicts_of, field_conflicts.conflicts_page, field_conflicts.find),
    first_changes.first_changes,
    *(
        open_problems.problems_page,
        open_problems.matching_source_ids,
        open_problems.count_people,
        open_problems.connections_with_problems,
        open_problems.problems_of,
    ),
    *(search.find_people, person.read_person, problem_decisions.assignable),
    *(choices.list_choices, choices.refresh),
    *(listing.list_people, listing.count_people, listing.last_read),
    *(readiness.readiness, readiness.all_verdicts, readiness.all_waiting, readiness.waiting_people),
    *(super_readiness.super_page, super_readiness.all_lacking, values.unmapped),
    *(run_list.integrations, run_list.runs_page, run_list.run_details),
    matching_records.matching_source_ids,
    *(records.records_page, sums.sums, headline.same_as_last_time, run_filter.starters),
    *(comparison.comparable_runs, comparison.compare, connection_trend.connection_trend),
    *(to_do_by_hand.hand_entries, to_do_by_hand.hand_entries_page),
    *(requests.run_measures, requests.failed_requests, requests.requests_for),
    *(target_people.search_target, target_people.find_at_target),
    *(pages.read_runs, pages.read_records, pages.read_people, api_tokens.list_tokens),
    *(run_table.run_chunks, record_table.record_chunks, person_table.person_chunks),
    *(audit_log.audit_page, audit_log.people_in_audit),
    *(overview.accounts_page, overview.people_page, overview.person),
    *(access_requests.open_requests, access_requests.latest_request, accounts.list_all, users.list_users),
    *(
        periods.read_periods,
        oauth_clients.list_clients,
        memberships.must_choose_password,
        sessions.account_of,
        sessions.accounts_of,
    ),
}
IN_ORDER: list[UseCase] = sorted(READS, key=name_of)
ELSEWHERE: dict[UseCase, str] = {
    first_changes.decide: "needs the plan of a real run: tests/core/sync/ownership/test_first_changes.py",
    approvals.approve: "needs the plan of a real run: tests/core/review/test_plans.py",
    match_decisions.confirm_several: "needs the candidates of a real run: tests/core/sync/match/test_decisions.py",
    match_decisions.link_to: "needs somebody at the target: tests/core/story/test_target_people.py",
    match_decisions.link: "needs the candidates of a real run: tests/core/sync/match/test_decisions.py",
    match_decisions.create_new: "needs the candidates of a real run: tests/core/sync/match/test_decisions.py",
    value_maps.map_value: "needs a target with a file: tests/pages/test_mapping.py",
    editor.open_field: "it only looks, and needs a target with a file: tests/pages/test_mapping.py",
    drafts.put: "a draft is recorded when it is saved as a version",
    drafts.rebase: "a draft is recorded when it is saved as a version",
    editor.apply: "a draft is recorded when it is saved as a version",
    drafts.discard: "a draft is recorded when it is saved as a version",
    employee_files.upload_file: "needs a folder with files: tests/core/connections/test_employee_files.py",
    employee_files.choose_columns: "as above; it changes the settings",
    oauth_flow.begin: "the end of the flow is recorded",
    connect.check_side: "probes a side, which a scheduler does every hour too",
}


def new_password_needed(actor: Actor, _place: Place) -> None:
    with transaction() as session:
        session.get_one(User, actor.user_id).one_time_password_expires_at = now() + timedelta(days=1)


def paused(actor: Actor, place: Place) -> None:
    schedules.create(actor, place.connection, DAILY)
    TABLE[schedule_changes.pause].call(actor, place)


def cancelled(actor: Actor, place: Place) -> None:
    schedules.create(actor, place.connection, DAILY)
    schedules.cancel(actor, place.connection)


FIRST: dict[UseCase, Callable[[Actor, Place], object]] = {
    cancellation.cancel_all: lambda actor, place: start.run_now(actor, place.connection),
    schedules.cancel: lambda actor, place: schedules.create(actor, place.connection, DAILY),
    schedule_changes.change: lambda actor, place: schedules.create(actor, place.connection, DAILY),
    schedule_changes.pause: lambda actor, place: schedules.create(actor, place.connection, DAILY),
    schedule_changes.resume: paused,
    schedule_changes.restore: cancelled,
    memberships.choose_password: new_password_needed,
    versions.restore: lambda actor, place: versions.save(actor, place.connection, MAPPING, based_on=0),
    match_decisions.undo: lambda actor, place: match_decisions.unlink(actor, place.connection, "S1"),
}


def test_every_use_case_is_sorted() -> None:
    assert set(WRITES) | READS | set(ELSEWHERE) == set(TABLE)
    assert set(WRITES.values()) <= set(audit_wording.ACTIONS)


@pytest.mark.parametrize("use_case", WRITES, ids=name_of)
def test_every_action_is_recorded(two: Places, use_case: UseCase) -> None:
    row = TABLE[use_case]
    actor = two.actors[row.who[0]]
    if use_case in FIRST:
        FIRST[use_case](actor, two.own)
    with reading() as session:
        before = session.scalar(select(func.max(Audit.id))) or 0
    try:
        row.call(actor, two.own)
    except (ConflictError, InvalidError) as refusal:
        why = str(refusal)
    else:
        why = ""
    with reading() as session:
        found = session.scalars(
            select(Audit).where(Audit.id > before, Audit.action == WRITES[use_case])
        ).all()
    assert found and {each.user_id for each in found} == {actor.user_id}, why
    assert {each.result for each in found} == (
        {"refused"} if use_case in {oauth_flow.finish, oauth_flow.choose} else {"done"}
    )


@pytest.mark.parametrize("use_case", IN_ORDER, ids=name_of)
def test_looking_writes_nothing(two: Places, use_case: UseCase) -> None:
    row = TABLE[use_case]
    with reading() as session:
        before = session.scalar(select(func.max(Audit.id)))
    row.call(two.actors[row.who[0]], two.own)
    with reading() as session:
        assert session.scalar(select(func.max(Audit.id))) == before

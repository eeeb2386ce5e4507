"""The table of permissions: each use case, the roles that may use it, and how it is called.

A is the Account Admin, S enableHR Support, N an Analyst, G a signed-in person without a role.

One file, because it is one table.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from itertools import count
from typing import Any

from core.accounts import access_requests, accounts, memberships, overview, users
from core.alerts import choices as alert_choices
from core.alerts import feed, webhooks
from core.clock import now
from core.connections import connect, connections, deletion, deletion_effects, employee_files, oauth_flow
from core.db import transaction
from core.errors import InvalidError, NotFoundError
from core.exports import files, pages, person_table, record_table, run_table
from core.exports.person_table import PEOPLE as PEOPLE_TABLE
from core.exports.person_table import PersonFilter
from core.exports.record_table import RecordsFilter
from core.home import activity, connection_list
from core.jobs import cancellation, limits, schedule_changes, schedules, start, views
from core.jobs.calendar import final_sweeps
from core.jobs.recurrence import Rule
from core.mapping import choices, drafts, previews, samples, versions
from core.mapping import document as documents
from core.mapping import views as mapping_views
from core.mapping.drafts import Draft
from core.mapping.merging import Overlap
from core.mapping_editor import editor, unused_choices, value_maps
from core.mapping_editor.value_maps import ValueMatch
from core.models import ConflictState, Connection, Every, MappingSample, Position, Role, Trigger
from core.pay_days import counts_for, stored
from core.pay_days.calendar import Frequency, PayCalendar
from core.pay_days.super_due import super_list
from core.pay_days.who_misses import coming, forecast, two_calendars
from core.people import listing, readiness, search, super_readiness, values
from core.people.listing import PeopleFilter
from core.people.readiness import WaitingFilter
from core.problems import decisions as problem_decisions
from core.problems import open_problems
from core.problems.open_problems import ProblemFilter
from core.reports import (
    audit_log,
    connection_history,
    exports,
    matching_records,
    readiness_exports,
    records,
    requests,
    run_filter,
    run_list,
)
from core.reports.audit_log import AuditFilter
from core.reports.outcomes import comparison, connection_trend, headline, sums, to_do_by_hand
from core.reports.records import RecordFilter
from core.reports.run_filter import RunFilter
from core.retention import periods
from core.retention.periods import Periods
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
from core.review.first_changes import Choices
from core.runs import request, selection
from core.scope import holds
from core.scope.rules import ScopeRules
from core.scope_editor import current, effect, full_effect, saving
from core.security.actor import OPERATOR, Actor
from core.sides import alerts, oauth_clients
from core.sign_in import api_tokens, sessions
from core.sign_in.api_tokens import ApiScope
from core.story import person, target_people
from tests.core.reports import reported_runs
from tests.core.security import two_accounts
from tests.core.security.discovery import UseCase
from tests.core.security.two_accounts import SESSION, Place


class Reach(Enum):
    """What a use case works on."""

    THING = "a thing that belongs to an account: another account's answers as if it did not exist"
    ACCOUNT = "the account the person acts in: nothing of another one may come out"
    EVERYWHERE = "all accounts: for those who may do it, no account is another's"
    ONESELF = "the person themselves"


Call = Callable[[Actor, Place], Any]


@dataclass(frozen=True)
class Row:
    """The roles that may use a use case, what it works on, and how it is called."""

    who: str
    reach: Reach
    call: Call


EARLIER = Rule(Every.DAY, at="05:15")
IN_A_WEEK = now().date() + timedelta(days=7)


def _seen(connection_id: int) -> schedules.Version:
    try:
        schedule = schedules.active_schedule(OPERATOR, connection_id)
    except NotFoundError:
        schedule = None
    return schedules.Version(0, 0) if schedule is None else schedule.version


def thing(who: str, call: Call) -> Row:
    return Row(who, Reach.THING, call)


def account(who: str, call: Call) -> Row:
    return Row(who, Reach.ACCOUNT, call)


def everywhere(call: Call) -> Row:
    return Row("S", Reach.EVERYWHERE, call)


def oneself(call: Call) -> Row:
    return Row("ASNG", Reach.ONESELF, call)


ADDRESSES = {"alerts": "http://127.0.0.1:9/in"}


def save_webhook_and(who: Actor, at: Place, then: Callable[[Actor, int], object]) -> None:
    webhooks.save_webhook(who, at.connection, ADDRESSES)
    with suppress(InvalidError):  # nobody answers there
        then(who, at.connection)


def send_test_mail(who: Actor) -> None:
    with suppress(InvalidError):  # e-mail is not set up
        alert_choices.send_test_mail(who, "ada@example.com")


def save_and_remove(who: Actor) -> None:
    oauth_clients.save_client(who, "hr", "ihub", "a secret")
    oauth_clients.remove_client(who, "hr")


def put_and_release(who: Actor, at: Place) -> None:
    source_id = at.name("S")
    holds.put(who, at.connection, source_id, "Being checked")
    holds.release(who, at.connection, source_id)


def save_pay_calendar(who: Actor, at: Place) -> int:
    return stored.save(who, at.connection, PAY_CALENDAR, stored.get(who, at.connection).version)


def save_and_remove_pay_calendar(who: Actor, at: Place) -> None:
    stored.remove(who, at.connection, save_pay_calendar(who, at))


def with_files(use_case: UseCase, *more: Any) -> Call:
    def call(who: Actor, at: Place) -> None:
        with suppress(InvalidError):  # the source of the test is no files
            use_case(who, at.connection, *more)

    return call


def refresh_branches(who: Actor, at: Place) -> None:
    with suppress(InvalidError):  # the source of the test lists no branches
        current.read_branches(who, at.connection)


def save_scope(who: Actor, at: Place) -> None:
    rules = ScopeRules(exclude=(at.name("S"),))
    saving.save_scope(who, at.connection, rules, based_on=current.get_scope(who, at.connection).version)


def save_and_set_addresses(who: Actor) -> None:
    oauth_clients.save_client(who, "hr", "ihub", "a secret")
    oauth_clients.set_addresses(who, "hr", ["https://sign-in.example"])


def confirm_one(who: Actor, at: Place) -> None:
    match_decisions.confirm_several(
        who, at.run, "WEAK_MATCH", [reported_runs.AMBIGUOUS], "Payroll knows them."
    )


def decide_and_take_back(who: Actor, at: Place) -> None:
    field_decisions.decide(who, at.conflict, ConflictState.KEEP_PAYROLL, two_accounts.CONFLICT_VERSION)
    view = field_conflicts.find(who, at.conflict)
    field_decisions.take_back(who, at.conflict, "" if view is None else view.version)


def create_token(who: Actor) -> str:
    return api_tokens.create_token(who, "A script", [ApiScope.RUNS], 30)


def create_and_revoke_token(who: Actor, _at: Place) -> None:
    create_token(who)
    api_tokens.revoke_token(who, api_tokens.list_tokens(who)[0].id)


def sample_of(who: Actor, at: Place) -> int:
    """Store a sample of the person's own, of a connection that may not exist."""
    with transaction() as session:
        if session.get(Connection, at.connection) is None:
            return at.connection
        row = MappingSample(connection_id=at.connection, user_id=who.user_id, request={})
        session.add(row)
        session.flush()
        return row.id


def next_week() -> date:
    return (now() + timedelta(days=7)).date()


MAPPING_TEXT = "connector: pay\npeople: {exclude: [S9]}\n"
MAPPING = documents.from_yaml(MAPPING_TEXT)
OVERLAP = Overlap("people", {"exclude": ["S9"]}, {"exclude": ["S8"]})
VALUE_MATCH = ValueMatch("gender", "X", "Male")
DAILY = Rule(Every.DAY, at="07:30", time_zone="Australia/Brisbane")
ALL_RUNS, ALL_RECORDS, EVERYTHING, OPEN = RunFilter(), RecordFilter(), AuditFilter(), ProblemFilter()
PAY_CALENDAR = PayCalendar(Frequency.WEEKLY, IN_A_WEEK)
WAITING, PEOPLE = WaitingFilter(), PeopleFilter()
NUMBERS = count(1)
SOURCE, TARGET = Position.SOURCE, Position.TARGET

TABLE: dict[UseCase, Row] = {
    # connections: see
    connections.list_connections: account("AS", lambda who, _: connections.list_connections(who)),
    connections.get: thing("AS", lambda who, at: connections.get(who, at.connection)),
    connections.connection_of_side: Row(
        "ASNG", Reach.ACCOUNT, lambda who, at: connections.connection_of_side(who, at.side)
    ),
    connection_history.connection_history: thing(
        "AS", lambda who, at: connection_history.connection_history(who, at.connection)
    ),
    alerts.open_alerts: account("AS", lambda who, _: alerts.open_alerts(who)),
    # connections: change
    connections.create: account("A", lambda who, _: connections.create(who, "One more", "hr", "pay")),
    connect.change_settings: thing(
        "A",
        lambda who, at: connect.change_settings(who, at.connection, SOURCE, {"url": "https://two.test"}),
    ),
    employee_files.list_columns: thing("A", with_files(employee_files.list_columns)),
    employee_files.choose_columns: thing("A", with_files(employee_files.choose_columns, {"No": "surname"})),
    employee_files.upload_file: thing("A", with_files(employee_files.upload_file, "a.csv", b"No\n1\n")),
    connect.needs_credentials: thing(
        "A", lambda who, at: connect.needs_credentials(who, at.connection, SOURCE)
    ),
    connect.connect_side: thing(
        "A", lambda who, at: connect.connect_side(who, at.connection, SOURCE, at.systems.consent("1"))
    ),
    oauth_flow.begin: thing("A", lambda who, at: oauth_flow.begin(who, SESSION, at.side)),
    oauth_flow.finish: thing(
        "A", lambda who, at: oauth_flow.finish(who, SESSION, at.started_flow(), None, "access_denied")
    ),
    connect.check_side: thing("A", lambda who, at: connect.check_side(who, at.connection, SOURCE)),
    connect.connect_or_choose: thing(
        "A",
        lambda who, at: connect.connect_or_choose(
            who, SESSION, at.connection, SOURCE, at.systems.consent("1")
        ),
    ),
    oauth_flow.choose: thing("A", lambda who, at: oauth_flow.choose(who, SESSION, at.side, "1")),
    deletion_effects.deletion_effects: thing(
        "A", lambda who, at: deletion_effects.deletion_effects(who, at.connection)
    ),
    deletion.delete: thing("A", lambda who, at: deletion.delete(who, at.connection)),
    accounts.change_time_zone: account(
        "AS", lambda who, _: accounts.change_time_zone(who, "Pacific/Auckland")
    ),
    # home
    connection_list.connections_page: account("ASN", lambda who, _: connection_list.connections_page(who)),
    activity.runs_in_progress: account("ASN", lambda who, _: activity.runs_in_progress(who)),
    activity.plans_to_decide: account("ASN", lambda who, _: activity.plans_to_decide(who)),
    activity.count_held: account("ASN", lambda who, _: activity.count_held(who)),
    activity.people_to_fix: account("ASN", lambda who, _: activity.people_to_fix(who)),
    activity.alerts: account("AS", lambda who, _: activity.alerts(who)),
    # alerts
    feed.list_events: account("ASN", lambda who, _: feed.list_events(who)),
    feed.count_new: account("ASN", lambda who, _: feed.count_new(who)),
    feed.mark_seen: account("ASN", lambda who, _: feed.mark_seen(who, 1)),
    feed.list_undelivered: account("ASN", lambda who, _: feed.list_undelivered(who)),
    alert_choices.get_preferences: account("ASN", lambda who, _: alert_choices.get_preferences(who)),
    alert_choices.known_address: account("ASN", lambda who, _: alert_choices.known_address(who)),
    alert_choices.save_preferences: account("ASN", lambda who, _: alert_choices.save_preferences(who, {})),
    alert_choices.send_test_mail: account("ASN", lambda who, _: send_test_mail(who)),
    webhooks.get_webhook: thing("AS", lambda who, at: webhooks.get_webhook(who, at.connection)),
    webhooks.save_webhook: thing("A", lambda who, at: webhooks.save_webhook(who, at.connection, ADDRESSES)),
    webhooks.remove_webhook: thing("A", lambda who, at: save_webhook_and(who, at, webhooks.remove_webhook)),
    webhooks.send_test_call: thing("A", lambda who, at: save_webhook_and(who, at, webhooks.send_test_call)),
    # jobs
    views.list_jobs: account("AS", lambda who, _: views.list_jobs(who)),
    views.get_job: thing("AS", lambda who, at: views.get_job(who, at.connection)),
    start.run_now: thing("AS", lambda who, at: start.run_now(who, at.connection)),
    start.compare_all: thing("AS", lambda who, at: start.compare_all(who, at.connection)),
    start.sync_selected: thing("AS", lambda who, at: start.sync_selected(who, at.connection, ["S1"])),
    start.preview_person: thing("AS", lambda who, at: start.preview_person(who, at.connection, "S1")),
    start.sync_records: thing("AS", lambda who, at: start.sync_records(who, at.run, ALL_RECORDS)),
    start.sync_problems: thing("AS", lambda who, at: start.sync_problems(who, at.connection, OPEN)),
    request.request: thing("AS", lambda who, at: request.request(at.connection, Trigger.MANUAL, actor=who)),
    cancellation.cancel: thing("AS", lambda who, at: cancellation.cancel(who, at.going)),
    cancellation.cancel_all: thing("AS", lambda who, at: cancellation.cancel_all(who, at.connection, 0.1)),
    schedules.active_schedule: thing("AS", lambda who, at: schedules.active_schedule(who, at.connection)),
    schedules.create: thing("AS", lambda who, at: schedules.create(who, at.connection, DAILY)),
    schedules.announce_starts: thing(
        "AS", lambda who, at: schedules.announce_starts(who, at.connection, DAILY, now() + timedelta(days=1))
    ),
    schedules.cancel: thing("AS", lambda who, at: schedules.cancel(who, at.connection)),
    schedule_changes.change: thing(
        "AS", lambda who, at: schedule_changes.change(who, at.connection, EARLIER, _seen(at.connection))
    ),
    schedule_changes.pause: thing(
        "AS",
        lambda who, at: schedule_changes.pause(who, at.connection, IN_A_WEEK, _seen(at.connection)),
    ),
    schedule_changes.resume: thing(
        "AS", lambda who, at: schedule_changes.resume(who, at.connection, _seen(at.connection))
    ),
    schedule_changes.restore: thing("AS", lambda who, at: schedule_changes.restore(who, at.connection)),
    # held runs and kept plans, limits, who is who
    plans.get_plan: thing("ASN", lambda who, at: plans.get_plan(who, at.held)),
    plans.open_plans: account("ASN", lambda who, _: plans.open_plans(who)),
    plan_rows.planned_positions: thing(
        "ASN", lambda who, at: plan_rows.planned_positions(who, at.held, ["S1"])
    ),
    plan_rows.planned_records: thing("ASN", lambda who, at: plan_rows.planned_records(who, at.held)),
    plan_rows.plan_page: thing("ASN", lambda who, at: plan_rows.plan_page(who, at.held)),
    plan_rows.plan_counts: thing("ASN", lambda who, at: plan_rows.plan_counts(who, at.held)),
    plan_rows.positions_of: thing(
        "ASN", lambda who, at: plan_rows.positions_of(who, at.held, plan_rows.EVERYBODY)
    ),
    plan_rows.export_plan: thing("ASN", lambda who, at: list(plan_rows.export_plan(who, at.held).chunks)),
    limits.limit_figures: thing("AS", lambda who, at: limits.limit_figures(who, at.connection)),
    plans.ends_by_hand: thing("ASN", lambda who, at: plans.ends_by_hand(who, at.held)),
    plans.origin_run: thing("ASN", lambda who, at: plans.origin_run(who, at.held)),
    approvals.approve: thing("A", lambda who, at: approvals.approve(who, at.held)),
    approvals.another_has_to_agree: thing(
        "A", lambda who, at: approvals.another_has_to_agree(who, at.held, None)
    ),
    approvals.reject: thing("A", lambda who, at: approvals.reject(who, at.held)),
    limits.get_limits: thing("AS", lambda who, at: limits.get_limits(who, at.connection)),
    limits.change_limits: thing("A", lambda who, at: limits.change_limits(who, at.connection, {})),
    # mappings
    versions.get: thing("AS", lambda who, at: versions.get(who, at.connection)),
    versions.list_versions: thing("AS", lambda who, at: versions.list_versions(who, at.connection)),
    versions.export_yaml: thing("AS", lambda who, at: versions.export_yaml(who, at.connection)),
    versions.check: thing("AS", lambda who, at: versions.check(who, at.connection, MAPPING)),
    versions.save: thing("A", lambda who, at: versions.save(who, at.connection, MAPPING, based_on=0)),
    versions.restore: thing("A", lambda who, at: versions.restore(who, at.connection, 0)),
    versions.import_yaml: thing("A", lambda who, at: versions.import_yaml(who, at.connection, MAPPING_TEXT)),
    drafts.get: thing("AS", lambda who, at: drafts.get(who, at.connection)),
    drafts.put: thing("A", lambda who, at: drafts.put(who, at.connection, MAPPING, based_on=0)),
    drafts.discard: thing("A", lambda who, at: drafts.discard(who, at.connection)),
    mapping_views.list_fields: thing(
        "AS", lambda who, at: mapping_views.list_fields(who, at.connection, MAPPING)
    ),
    mapping_views.compare: thing("AS", lambda who, at: mapping_views.compare(who, at.connection, 0, 0)),
    mapping_views.compare_documents: thing(
        "AS", lambda who, at: mapping_views.compare_documents(who, at.connection, MAPPING, MAPPING)
    ),
    mapping_views.describe_overlap: thing(
        "AS", lambda who, at: mapping_views.describe_overlap(who, at.connection, OVERLAP)
    ),
    drafts.overlaps: thing(
        "AS", lambda who, at: drafts.overlaps(who, at.connection, Draft(MAPPING, 0, now()))
    ),
    drafts.rebase: thing("A", lambda who, at: drafts.rebase(who, at.connection)),
    editor.open_editor: thing("AS", lambda who, at: editor.open_editor(who, at.connection)),
    editor.open_field: thing("AS", lambda who, at: editor.open_field(who, at.connection, MAPPING, "title")),
    editor.apply: thing("A", lambda who, at: editor.apply(who, at.connection, "title", {"value": "Dr"})),
    unused_choices.list_unused: thing("AS", lambda who, at: unused_choices.list_unused(who, at.connection)),
    value_maps.list_values: thing("ASN", lambda who, at: value_maps.list_values(who, at.connection)),
    value_maps.map_value: thing(
        "A", lambda who, at: value_maps.map_value(who, at.connection, VALUE_MATCH, confirmed=True)
    ),
    previews.start: thing("A", lambda who, at: previews.start(who, at.connection, MAPPING, based_on=0)),
    previews.store: thing("A", lambda who, at: previews.store(who, at.connection, MAPPING, based_on=0)),
    previews.latest: thing("AS", lambda who, at: previews.latest(who, at.connection)),
    samples.request: thing("A", lambda who, at: samples.request(who, at.connection, MAPPING, ["S1"])),
    samples.get: thing("AS", lambda who, at: samples.get(who, sample_of(who, at))),
    matches.waiting_employees: thing("ASN", lambda who, at: matches.waiting_employees(who, at.run)),
    # fields in which the two systems differ
    field_conflicts.conflicts_of: thing(
        "ASN", lambda who, at: field_conflicts.conflicts_of(who, at.connection, "S1")
    ),
    field_conflicts.conflicts_page: account(
        "ASN", lambda who, _: field_conflicts.conflicts_page(who, list(ConflictState))
    ),
    field_conflicts.find: account("ASN", lambda who, at: field_conflicts.find(who, at.conflict)),
    field_decisions.decide: thing(
        "A",
        lambda who, at: field_decisions.decide(
            who, at.conflict, ConflictState.KEEP_PAYROLL, two_accounts.CONFLICT_VERSION
        ),
    ),
    field_decisions.take_back: thing("A", decide_and_take_back),
    first_changes.first_changes: thing("ASN", lambda who, at: first_changes.first_changes(who, at.held)),
    first_changes.decide: thing("A", lambda who, at: first_changes.decide(who, at.held, Choices())),
    match_decisions.link: thing(
        "A", lambda who, at: match_decisions.link(who, at.run, reported_runs.AMBIGUOUS, "T1")
    ),
    match_decisions.create_new: thing(
        "A", lambda who, at: match_decisions.create_new(who, at.run, reported_runs.AMBIGUOUS)
    ),
    matches.confirmable_pairs: thing("ASN", lambda who, at: matches.confirmable_pairs(who, at.run)),
    match_decisions.confirm_several: thing("A", confirm_one),
    match_decisions.link_to: thing(
        "A", lambda who, at: match_decisions.link_to(who, at.connection, "S1", "T9")
    ),
    target_people.find_at_target: thing(
        "A", lambda who, at: target_people.find_at_target(who, at.connection, "T9")
    ),
    target_people.search_target: thing(
        "A", lambda who, at: target_people.search_target(who, at.connection, "tamati")
    ),
    match_decisions.undo: thing("A", lambda who, at: match_decisions.undo(who, at.connection, "S1")),
    match_decisions.unlink: thing("A", lambda who, at: match_decisions.unlink(who, at.connection, "S1")),
    # who is synced
    holds.list_holds: thing("ASN", lambda who, at: holds.list_holds(who, at.connection)),
    holds.put: thing("A", lambda who, at: holds.put(who, at.connection, at.name("S"), "Being checked")),
    holds.release: thing("A", put_and_release),
    # pay days
    stored.get: thing("ASN", lambda who, at: stored.get(who, at.connection)),
    stored.history: thing("ASN", lambda who, at: stored.history(who, at.connection)),
    stored.preview: thing("ASN", lambda who, at: stored.preview(who, at.connection, PAY_CALENDAR)),
    stored.save: thing("A", save_pay_calendar),
    stored.remove: thing("A", save_and_remove_pay_calendar),
    final_sweeps.preview: thing(
        "ASN", lambda who, at: final_sweeps.preview(who, at.connection, PAY_CALENDAR)
    ),
    counts_for.describe: thing("ASN", lambda who, at: counts_for.describe(who, at.connection, now())),
    forecast.forecast: thing("ASN", lambda who, at: forecast.forecast(who, at.connection)),
    super_list.super_list: thing("ASN", lambda who, at: super_list.super_list(who, at.connection)),
    two_calendars.find: thing("ASN", lambda who, at: two_calendars.find(who, at.connection)),
    coming.coming_pays: account("ASN", lambda who, _: coming.coming_pays(who)),
    coming.next_pays: account("ASN", lambda who, _: coming.next_pays(who)),
    final_sweeps.next_sweep: thing("ASN", lambda who, at: final_sweeps.next_sweep(who, at.connection)),
    current.get_scope: thing("AS", lambda who, at: current.get_scope(who, at.connection)),
    current.people_names: thing("AS", lambda who, at: current.people_names(who, at.connection)),
    current.find_source_id: thing("AS", lambda who, at: current.find_source_id(who, at.connection, "Ann")),
    current.read_branches: thing("AS", refresh_branches),
    effect.estimate: thing("AS", lambda who, at: effect.estimate(who, at.connection, ScopeRules())),
    full_effect.find: thing("AS", lambda who, at: full_effect.find(who, at.connection, ScopeRules())),
    full_effect.best_known: thing(
        "AS", lambda who, at: full_effect.best_known(who, at.connection, ScopeRules())
    ),
    full_effect.minutes: thing("AS", lambda who, at: full_effect.minutes(who, at.connection)),
    full_effect.start: thing(
        "A", lambda who, at: full_effect.start(who, at.connection, ScopeRules(), based_on=0)
    ),
    saving.save_scope: thing("A", save_scope),
    # who the source lists
    choices.list_choices: thing("AS", lambda who, at: choices.list_choices(who, at.connection)),
    choices.refresh: thing("AS", lambda who, at: choices.refresh(who, at.connection)),
    listing.list_people: thing("ASN", lambda who, at: listing.list_people(who, at.connection)),
    listing.count_people: thing("ASN", lambda who, at: listing.count_people(who, at.connection)),
    listing.last_read: thing("ASN", lambda who, at: listing.last_read(who, at.connection)),
    readiness.readiness: thing("ASN", lambda who, at: readiness.readiness(who, at.connection)),
    readiness.all_verdicts: thing("ASN", lambda who, at: readiness.all_verdicts(who, at.connection)),
    readiness.all_waiting: thing("ASN", lambda who, at: readiness.all_waiting(who, at.connection, WAITING)),
    readiness.waiting_people: thing(
        "ASN", lambda who, at: readiness.waiting_people(who, at.connection, WAITING)
    ),
    super_readiness.super_page: thing("ASN", lambda who, at: super_readiness.super_page(who, at.connection)),
    super_readiness.all_lacking: thing(
        "ASN", lambda who, at: super_readiness.all_lacking(who, at.connection)
    ),
    values.unmapped: thing("ASN", lambda who, at: values.unmapped(who, at.connection)),
    # what somebody has to fix
    open_problems.problems_page: account("ASN", lambda who, _: open_problems.problems_page(who, OPEN)),
    open_problems.count_people: account("ASN", lambda who, _: open_problems.count_people(who)),
    open_problems.matching_source_ids: thing(
        "ASN",
        lambda who, at: open_problems.matching_source_ids(who, at.connection, OPEN, selection.require_few),
    ),
    open_problems.connections_with_problems: account(
        "ASN", lambda who, _: open_problems.connections_with_problems(who)
    ),
    open_problems.problems_of: thing(
        "ASN", lambda who, at: open_problems.problems_of(who, at.connection, "S1")
    ),
    search.find_people: account("ASN", lambda who, _: search.find_people(who, "S1")),
    person.read_person: thing("ASN", lambda who, at: person.read_person(who, at.connection, "S1")),
    problem_decisions.assign: thing("A", lambda who, at: problem_decisions.assign(who, at.problem, None)),
    problem_decisions.comment: thing(
        "A", lambda who, at: problem_decisions.comment(who, at.problem, "Asked.")
    ),
    problem_decisions.assignable: account("ASN", lambda who, _: problem_decisions.assignable(who)),
    problem_decisions.put_off: thing(
        "A", lambda who, at: problem_decisions.put_off(who, at.problem, next_week())
    ),
    problem_decisions.ignore: thing(
        "A", lambda who, at: problem_decisions.ignore(who, at.problem, "A contractor.")
    ),
    problem_decisions.show_again: thing("A", lambda who, at: problem_decisions.show_again(who, at.problem)),
    # reports, exports
    run_list.integrations: account("ASN", lambda who, _: run_list.integrations(who)),
    run_list.runs_page: account("ASN", lambda who, at: run_list.runs_page(who, ALL_RUNS)),
    run_list.run_details: thing("ASN", lambda who, at: run_list.run_details(who, at.run)),
    matching_records.matching_source_ids: thing(
        "ASN",
        lambda who, at: matching_records.matching_source_ids(who, at.run, ALL_RECORDS, selection.require_few),
    ),
    records.records_page: thing("ASN", lambda who, at: records.records_page(who, at.run, ALL_RECORDS)),
    requests.run_measures: thing("ASN", lambda who, at: requests.run_measures(who, at.run)),
    requests.failed_requests: thing("ASN", lambda who, at: requests.failed_requests(who, at.run)),
    requests.requests_for: thing("ASN", lambda who, at: requests.requests_for(who, at.run, "S0")),
    sums.sums: thing("ASN", lambda who, at: sums.sums(who, at.run)),
    headline.same_as_last_time: thing("ASN", lambda who, at: headline.same_as_last_time(who, at.run)),
    comparison.comparable_runs: thing("ASN", lambda who, at: comparison.comparable_runs(who, at.run)),
    comparison.compare: thing("ASN", lambda who, at: comparison.compare(who, at.run, at.held)),
    to_do_by_hand.hand_entries: thing("ASN", lambda who, at: to_do_by_hand.hand_entries(who, at.run)),
    to_do_by_hand.hand_entries_page: thing(
        "ASN", lambda who, at: to_do_by_hand.hand_entries_page(who, at.run)
    ),
    connection_trend.connection_trend: thing(
        "ASN", lambda who, at: connection_trend.connection_trend(who, at.connection)
    ),
    run_filter.starters: account("ASN", lambda who, _: run_filter.starters(who)),
    exports.export_by_hand: thing("ASN", lambda who, at: list(exports.export_by_hand(who, at.run).chunks)),
    run_table.run_chunks: account("ASN", lambda who, _: list(run_table.run_chunks(who, ALL_RUNS))),
    record_table.record_chunks: thing(
        "ASN", lambda who, at: list(record_table.record_chunks(who, RecordsFilter(run_id=at.run)))
    ),
    person_table.person_chunks: thing(
        "ASN", lambda who, at: list(person_table.person_chunks(who, PersonFilter(at.connection)))
    ),
    files.export_runs: account("ASN", lambda who, _: list(files.export_runs(who, ALL_RUNS).chunks)),
    files.export_records: thing(
        "ASN", lambda who, at: list(files.export_records(who, RecordsFilter(run_id=at.run)).chunks)
    ),
    files.export_people: thing(
        "ASN", lambda who, at: list(files.export_people(who, PersonFilter(at.connection)).chunks)
    ),
    readiness_exports.export_waiting: thing(
        "ASN", lambda who, at: list(readiness_exports.export_waiting(who, at.connection, WAITING).chunks)
    ),
    readiness_exports.export_super: thing(
        "ASN", lambda who, at: list(readiness_exports.export_super(who, at.connection, PEOPLE).chunks)
    ),
    pages.read_runs: account("ASN", lambda who, _: pages.read_runs(who, ALL_RUNS)),
    pages.read_records: thing("ASN", lambda who, at: pages.read_records(who, RecordsFilter(run_id=at.run))),
    pages.read_people: thing("ASN", lambda who, at: pages.read_people(who, PersonFilter(at.connection))),
    pages.record_reading: account(
        "ASN", lambda who, _: pages.record_reading(who, PEOPLE_TABLE, next(NUMBERS))
    ),
    api_tokens.create_token: account("ASN", lambda who, _: bool(create_token(who))),
    api_tokens.list_tokens: account("ASN", lambda who, _: api_tokens.list_tokens(who)),
    api_tokens.revoke_token: Row("ASN", Reach.ACCOUNT, create_and_revoke_token),
    # audit
    audit_log.audit_page: account("AS", lambda who, _: audit_log.audit_page(who, EVERYTHING)),
    audit_log.people_in_audit: account("AS", lambda who, _: audit_log.people_in_audit(who)),
    audit_log.export_audit: account(
        "AS", lambda who, _: list(audit_log.export_audit(who, EVERYTHING).chunks)
    ),
    # access
    overview.accounts_page: everywhere(lambda who, _: overview.accounts_page(who)),
    overview.people_page: everywhere(lambda who, _: overview.people_page(who)),
    overview.person: everywhere(lambda who, at: overview.person(who, at.person)),
    access_requests.open_requests: everywhere(lambda who, _: access_requests.open_requests(who)),
    access_requests.grant: everywhere(
        lambda who, at: access_requests.grant(who, at.request, at.account, Role.ANALYST)
    ),
    access_requests.decline: everywhere(lambda who, at: access_requests.decline(who, at.request)),
    accounts.create: everywhere(lambda who, _: accounts.create("A new one", actor=who)),
    accounts.list_all: everywhere(lambda who, _: accounts.list_all(who)),
    users.list_users: everywhere(lambda who, _: users.list_users(actor=who)),
    users.add_user: everywhere(lambda who, at: users.add_user(at.name("eve"), "Eve", actor=who)),
    users.revoke: everywhere(lambda who, at: users.revoke("person", at.account, actor=who)),
    periods.read_periods: everywhere(lambda who, at: periods.read_periods(who, at.account)),
    periods.save_periods: everywhere(lambda who, at: periods.save_periods(who, at.account, Periods(60, 24))),
    accounts.set_enabled: everywhere(lambda who, at: accounts.set_enabled(at.account, False, who)),
    memberships.invite: everywhere(
        lambda who, at: memberships.invite(who, at.name("ivy"), "Ivy", support=True)
    ),
    memberships.give_role: everywhere(
        lambda who, at: memberships.give_role(who, at.person, at.account, Role.ANALYST)
    ),
    memberships.revoke_role: everywhere(
        lambda who, at: memberships.revoke_role(who, at.person, at.account, Role.ANALYST)
    ),
    memberships.set_support: everywhere(lambda who, at: memberships.set_support(who, at.person, True)),
    memberships.set_active: everywhere(lambda who, at: memberships.set_active(who, at.person, False)),
    memberships.new_password: everywhere(lambda who, at: memberships.new_password(who, at.person)),
    oauth_clients.list_clients: everywhere(lambda who, _: oauth_clients.list_clients(who)),
    oauth_clients.save_client: everywhere(
        lambda who, _: oauth_clients.save_client(who, "pay", "ihub", "a secret")
    ),
    oauth_clients.set_addresses: everywhere(lambda who, _: save_and_set_addresses(who)),
    oauth_clients.remove_client: everywhere(lambda who, _: save_and_remove(who)),
    # oneself
    access_requests.submit: oneself(lambda who, _: access_requests.submit(who, "I need to see reports.")),
    access_requests.latest_request: oneself(lambda who, _: access_requests.latest_request(who)),
    memberships.must_choose_password: oneself(lambda who, _: memberships.must_choose_password(who)),
    memberships.choose_password: oneself(
        lambda who, _: memberships.choose_password(who, "correct horse battery")
    ),
    sessions.account_of: oneself(lambda who, _: sessions.account_of(who)),
    sessions.accounts_of: oneself(lambda who, _: sessions.accounts_of(who)),
    sessions.sign_out_everywhere: oneself(lambda who, _: sessions.sign_out_everywhere(who)),
}

"""Execute the statements of every run for a run that does not exist, so that forked processes find them compiled.

SQLAlchemy takes longer to compile a statement than SQLite takes to execute it, and a run of a few employees is little
else. Without the warm-up, a run of 200 employees takes a third longer (decision 20).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog
from sqlalchemy.exc import NoResultFound, SQLAlchemyError

from connectors.mapping.steps import Step
from connectors.rest.description.field_change import FieldChange
from core import db
from core.clock import now
from core.errors import LeaseLostError
from core.models import RunStatus
from core.people import drift_alerts, name_index
from core.problems import keeping
from core.runs import lease
from core.runs.counters import Counters
from core.runs.lease import Lease
from core.runs.options import Limits, Scope
from core.scope import holds, in_force, rechecks, vanished
from core.sync.match import decisions
from core.sync.plan import config_fingerprint, guards, repeated_warnings
from core.sync.runtime import context
from core.sync.store import (
    exclusions,
    field_conflicts,
    journal,
    kept_employees,
    links,
    tally,
    unanswered,
)
from core.sync.store.temp_store import TempCipher

log = structlog.get_logger()

NOBODY = -1
LEASE = Lease(NOBODY, "", 1)
# What a run does in which nothing has changed. Those that need a lease find that it is not theirs. The first two make
# Python and OpenSSL load what opening a connection and encrypting need; the next two build what reads a mapping.
STEPS: Sequence[Callable[[], object]] = (
    lambda: "".encode("idna"),
    TempCipher,
    FieldChange.model_rebuild,
    Step.model_rebuild,
    lambda: lease.claim(NOBODY),
    lambda: lease.renew_lease(LEASE, Counters(), measures={}),
    lambda: context.load_run_facts(NOBODY),
    lambda: holds.reasons(NOBODY, now().date()),
    lambda: decisions.rejected_matches(NOBODY),
    config_fingerprint.code_version,
    config_fingerprint.filter_version,
    lambda: in_force.load({}, Scope(), NOBODY, now().date()),
    lambda: vanished.refresh(LEASE, NOBODY, ()),
    lambda: rechecks.due(NOBODY, now().date()),
    lambda: exclusions.load(NOBODY, now()),
    lambda: unanswered.by_source_id(NOBODY),
    lambda: repeated_warnings.load(NOBODY),
    lambda: field_conflicts.load(NOBODY),
    lambda: links.source_versions(NOBODY, [""], now()),
    lambda: links.count(NOBODY),
    lambda: journal.add(LEASE, NOBODY, journal.Batch()),
    lambda: tally.count(NOBODY),
    lambda: kept_employees.warm_up(NOBODY),
    lambda: guards.check(NOBODY, NOBODY, Counters(), Limits()),
    lambda: journal.start_writing(LEASE),
    lambda: journal.drop_payloads(LEASE),
    lambda: keeping.warm_up(NOBODY),
    lambda: drift_alerts.warm_up(NOBODY),
    lambda: name_index.warm_up(NOBODY),
    lambda: lease.finish(
        LEASE, RunStatus.COMPLETE, "", Counters(), need_action=0, aborted=False, measures={}
    ),
)


def warm_up() -> None:
    """Execute each step once. If the store cannot be reached, the first run will say so."""
    db.prepare()
    try:
        for step in STEPS:
            with suppress(NoResultFound, LeaseLostError):
                step()
    except SQLAlchemyError as error:
        log.warning("warm_up.failed", error=type(error).__name__)

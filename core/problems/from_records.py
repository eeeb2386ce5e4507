"""Find problems in the records of a run: outcomes that somebody has to fix, and warnings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.orm import Session

from core.models import Action, Decision, OpenProblem, ProblemKind
from core.runs.outcome_catalogue import CATALOGUE, FAILURES, Fixer

WRITES = (Decision.CREATE, Decision.UPDATE, Decision.TERMINATE)
NOBODY = [str(code) for code, why in CATALOGUE.items() if why.fixer is Fixer.NOBODY]


def _words(values: Iterable[object]) -> str:
    return ", ".join(f"'{value}'" for value in values)


FIXER = " ".join(f"WHEN '{code}' THEN '{why.fixer}'" for code, why in CATALOGUE.items())
COLUMNS = "pairing_id, kind, source_id, code, field, name, message, target_id, fixer, since, first_run_id, last_run_id"
# ``since`` and what people decided stay, and the name where the run knows none. An ignored problem comes back when its
# message has changed.
CONFLICT = """
    ON CONFLICT (pairing_id, kind, source_id, code, field) DO UPDATE SET
        ignored_at = CASE WHEN open_problem.message = excluded.message THEN open_problem.ignored_at END,
        ignored_by = CASE WHEN open_problem.message = excluded.message THEN open_problem.ignored_by END,
        note = CASE WHEN open_problem.message = excluded.message THEN open_problem.note END,
        name = coalesce(nullif(excluded.name, ''), open_problem.name), message = excluded.message,
        fixer = excluded.fixer,
        target_id = coalesce(excluded.target_id, open_problem.target_id), last_run_id = excluded.last_run_id,
        times = open_problem.times
            + CASE WHEN open_problem.last_run_id = excluded.last_run_id THEN 0 ELSE 1 END
    """
# The decisions are listed, because SQLite then uses the index of notable records.
OUTCOMES = f"""
    INSERT INTO open_problem ({COLUMNS})
    SELECT :pairing_id, '{ProblemKind.OUTCOME}', source_id, coalesce(reason, 'UNKNOWN'), '', name,
        coalesce(message, ''), target_id, CASE reason {FIXER} ELSE '{Fixer.SUPPORT}' END, :at, :run_id, :run_id
    FROM record
    WHERE run_id = :run_id AND decision <> '{Decision.NO_CHANGE}' AND decision IN ({_words((*FAILURES, *WRITES))})
        AND (decision IN ({_words(FAILURES)}) OR action = '{Action.FAILED}')
        AND coalesce(reason, '') NOT IN ({_words(NOBODY)})
    {CONFLICT}
    """  # noqa: S608 - our own words
# A warning is the same while its kind, code and field are. Without a fixer it is something to correct at the source.
WARNINGS = f"""
    INSERT INTO open_problem ({COLUMNS})
    SELECT :pairing_id, kind, source_id, code, field, max(name), max(message), max(target_id), max(fixer),
        :at, :run_id, :run_id
    FROM (
        SELECT coalesce(warning.value ->> 'kind', '{ProblemKind.WARNING}') AS kind, source_id,
            warning.value ->> 'code' AS code, coalesce(warning.value ->> 'field', '') AS field, name,
            substr(warning.value ->> 'message', 1, 1000) AS message, target_id,
            coalesce(warning.value ->> 'fixer', '{Fixer.HR}') AS fixer
        FROM record, {{each}}(record.warnings) AS warning{{alias}}
        WHERE record.run_id = :run_id AND record.warnings IS NOT NULL
    ) AS warned
    WHERE true GROUP BY kind, source_id, code, field
    {CONFLICT}
    """  # noqa: S608 - our own words


def _statement(sql: str) -> TextClause:
    return text(sql).bindparams(bindparam("at", type_=OpenProblem.since.type))


SAVE_OUTCOMES = _statement(OUTCOMES)
SAVE_WARNINGS = {
    "sqlite": _statement(WARNINGS.format(each="json_each", alias="")),
    "postgresql": _statement(WARNINGS.format(each="json_array_elements", alias=" (value)")),
}


def save(session: Session, pairing_id: int, run_id: int, at: datetime) -> None:
    """Store the problems that the records of a run show, in the caller's transaction."""
    values = {"pairing_id": pairing_id, "run_id": run_id, "at": at}
    connection = session.connection()
    connection.execute(SAVE_OUTCOMES, values)
    connection.execute(SAVE_WARNINGS[connection.dialect.name], values)

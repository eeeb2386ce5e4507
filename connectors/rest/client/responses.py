"""What the answers of a described system mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from connectors.contract.errors import AuthError, ConfigError, TemporaryError
from connectors.contract.records import Outcome, Prepared, Problem, Reason, Verdict, Warn
from connectors.http.response import Answer
from connectors.rest import paths
from connectors.rest.description.endpoints import AnswerRemark, Create, Results, Update
from connectors.rest.description.system import System
from connectors.values.normalise import text
from connectors.values.redaction import redact, redact_all

Json = Mapping[str, Any]
# Returns what must not be repeated of an employee; asked only where words are to be shown, as it takes its
# time.
Secrets = Callable[[], Sequence[str]]


def objects(data: Any) -> Sequence[Json]:
    """Return the objects of an answer, which may be one or an array of them."""
    entries = data if isinstance(data, list) else [data]
    return [entry for entry in entries if isinstance(entry, dict)]


def words(system: System, answer: Answer, secrets: Sequence[str] = (), where: Sequence[str] = ()) -> str:
    """Return the system's words as a clean sentence without the secrets, and without what authorised the request."""
    said = (_labelled(system, line)[1] for line in _lines(system, answer, where))
    status = f" (status {answer.status})" if answer.status else ""
    return redact_all(said, [*answer.secrets, *secrets]) or f"No reason was given{status}."


def secrets(system: System, prepared: Prepared, sent: Json) -> Sequence[str]:
    """Return what must not be repeated: the sensitive values we have of an employee, and those sent with them."""
    names = [name for name, field in system.by_name.items() if field.sensitive]
    values = [prepared.values.get(name) for name in names] + [paths.at(sent, name) for name in names]
    return [str(value) for value in values if value is not None and value != system.target.clear_with]


def _lines(system: System, answer: Answer, where: Sequence[str] = ()) -> Sequence[str]:
    errors = system.described.errors
    for data in objects(answer.data) or [{}]:
        found = (list(_texts(paths.at(data, place), errors.each)) for place in where or errors.messages)
        if lines := next((texts for texts in found if texts), None):
            split = errors.names_fields
            return [
                line for words in lines for line in (words.splitlines() if split else [words]) if line.strip()
            ]
    return [entry for entry in answer.data if isinstance(entry, str)] if isinstance(answer.data, list) else []


def _texts(said: Any, each: str | None) -> Iterable[str]:
    for entry in said if isinstance(said, list) else [said]:
        words = paths.at(entry, each) if each and isinstance(entry, dict) else entry
        if words and not isinstance(words, dict | list):
            yield str(words)


def _labelled(system: System, line: str) -> tuple[str | None, str]:
    """Return the label of the field that a line begins with, and the line with it instead of the system's name."""
    name, colon, reason = line.partition(":")
    if not (colon and system.described.errors.names_fields and system.described.target):
        return None, line
    wanted = name.strip().casefold()
    label = next((field.label for known, field in system.by_name.items() if known.casefold() == wanted), None)
    return label, f"{label}:{reason}" if label else line


def written(
    system: System, endpoint: Create | Update, answer: Answer, target_id: str | None, secrets: Secrets
) -> Outcome:
    """Return a success. Of somebody new the system's own id counts, where it says it; whom it has already keeps theirs."""
    shown = next(iter(objects(answer.data)), {})
    said = text(paths.at(shown, system.described.employees.id)) if isinstance(endpoint, Create) else None
    if isinstance(endpoint, Create) and endpoint.id_from_location and answer.location:
        said = unquote(answer.location.split("?")[0].rstrip("/").rpartition("/")[2]) or said
    applying = [one for one in endpoint.warnings if _applies(one, shown)]
    hidden = [*answer.secrets, *secrets()] if applying else []
    warnings = tuple(_warning(one, shown, hidden) for one in applying)
    return Outcome(target_id=said or target_id, warnings=warnings)


def _applies(one: AnswerRemark, shown: Json) -> bool:
    return str(paths.at(shown, one.at)).casefold() in {str(value).casefold() for value in one.equals}


def _warning(one: AnswerRemark, shown: Json, hidden: Sequence[str]) -> Warn:
    details = text(paths.at(shown, one.details)) if one.details else None
    return Warn(one.remark.code, redact_all([one.remark.message, details], hidden))


def one_of_many(
    system: System, results: Results, said: Json, secrets: Secrets, target_id: str | None
) -> Outcome | None:
    """Return what a result says of one employee; None when it does not tell."""
    how = paths.at(said, results.status)
    wrong = bool(_lines(system, Answer(0, said), results.messages))
    if results.status is not None and how is None:
        return None
    if wrong if results.status is None else not _taken(results, how):
        return _refusal(system, Answer(_number(how) or 0, said), secrets, results.messages)
    found = text(paths.at(said, results.id or system.described.employees.id)) or target_id
    about_another = found is not None and target_id is not None and not same(found, target_id)
    return None if found is None or about_another else Outcome(target_id=found)


def _number(how: Any) -> int | None:
    """Return a status that is a number or written as one; None where it is told in words."""
    if isinstance(how, str):
        return int(how) if len(how) == 3 and how.isdecimal() else None
    return how if isinstance(how, int) and not isinstance(how, bool) else None


def same(one: str, other: str) -> bool:
    """Say whether two ids are one that a system writes in two ways."""
    return one.strip().casefold().lstrip("0") == other.strip().casefold().lstrip("0")


def _taken(results: Results, how: Any) -> bool:
    if results.taken:
        return str(how).casefold() in {str(value).casefold() for value in results.taken}
    return 200 <= (_number(how) or 0) < 300


def refused(system: System, answer: Answer, secrets: Secrets) -> Outcome:
    """Return the problem of one employee. Raises AuthError when the system refuses us rather than the employee."""
    must_be_allowed(system, answer)
    return _refusal(system, answer, secrets)


def _refusal(system: System, answer: Answer, secrets: Secrets, where: Sequence[str] = ()) -> Outcome:
    if answer.status == 404:
        return not_found(system)
    said = words(system, answer, secrets(), where)
    if answer.status in system.described.errors.locked:
        return _problem(
            Reason.LOCKED, f"{system.name} has locked this employee, so nothing was changed: {said}"
        )
    labels = {label for line in _lines(system, answer, where) if (label := _labelled(system, line)[0])}
    return _problem(
        Reason.REFUSED,
        f"{system.name} refused this employee: {said}",
        min(labels) if len(labels) == 1 else None,
    )


def not_found(system: System) -> Outcome:
    """Return the problem of an employee whom the system does not have."""
    return _problem(Reason.NOT_FOUND, f"{system.name} no longer has this employee, so nothing was changed.")


def must_be_allowed(system: System, answer: Answer) -> None:
    """Raise AuthError when the system does not let us do this at all."""
    if answer.status in system.described.errors.not_allowed:
        name = system.name
        raise AuthError(
            f"{name} does not allow iHUB to use employees. Give the API user that right, or connect {name} again as somebody "
            "who has it."
        )


def must_be_there(system: System, answer: Answer) -> None:
    """Raise ConfigError when there is no such system at the address."""
    if answer.status == 404:
        raise ConfigError(
            f"There is no {system.name} at the address of this connection. Correct the address and the other settings."
        )


def must_be_good(system: System, answer: Answer, what: str) -> None:
    """Raise a ConnectorError unless the system did as it was asked."""
    must_be_allowed(system, answer)
    must_be_there(system, answer)
    if not answer.ok:
        raise TemporaryError(f"{system.name} did not {what}: {words(system, answer)}")


def _problem(reason: Reason, message: str, field: str | None = None) -> Outcome:
    return Outcome(problem=Problem(reason, redact(message), field, Verdict.ERROR))

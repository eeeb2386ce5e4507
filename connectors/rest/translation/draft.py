"""The translation of one employee while it is being made."""

from __future__ import annotations

from connectors.contract.fields import FieldType, Value
from connectors.contract.records import OngoingEmployment, Prepared, Problem, Reason, Verdict, Warn
from connectors.rest.description.base import Remark
from connectors.rest.description.system import System


class Draft:
    """Collects values, problems and warnings; a hook puts its own in between."""

    def __init__(self, system: System) -> None:
        """Begin with nothing."""
        self._system = system
        self._known = system.by_name
        self._values: dict[str, Value] = {}
        self._problems: dict[str, Problem] = {}
        self._warnings: list[Warn] = []

    def put(self, name: str, value: Value) -> None:
        """Set a field; None leaves it out, and the word with which the target blanks a field blanks it."""
        word = self._system.target.clear_with
        if value is not None:
            self._values[name] = (
                None if word and str(value).strip().casefold() == str(word).casefold() else value
            )

    def get(self, name: str) -> Value:
        """Return what is in a field so far."""
        return self._values.get(name)

    def clear(self, name: str) -> None:
        """Have the target blank a field that has no value."""
        self._values.setdefault(name, None)

    def drop(self, name: str) -> None:
        """Leave a field out after all."""
        self._values.pop(name, None)

    def said(self, code: str) -> bool:
        """Say whether there is a warning of this code."""
        return any(warning.code == code for warning in self._warnings)

    def warn(self, code: str, message: str) -> None:
        """Note something a person should do."""
        if (warning := Warn(code, message)) not in self._warnings:
            self._warnings.append(warning)

    def stop(self, name: str, reason: Reason, message: str, verdict: Verdict = Verdict.FILTER) -> None:
        """Note why the employee cannot be written; one problem a field."""
        self._problems.setdefault(name, Problem(reason, message, self.label(name), verdict))

    def remark(self, name: str, remark: Remark) -> None:
        """Warn or stop, as the description says."""
        if remark.stops is None:
            self.warn(remark.code, remark.message)
        else:
            self.stop(name, Reason(remark.code), remark.message, Verdict(remark.stops))

    def label(self, name: str) -> str:
        """Return what the HR system calls a field."""
        field = self._known[name]
        return field.source_label or field.label

    def finished(self, ends_employment: bool = False, ongoing: OngoingEmployment | None = None) -> Prepared:
        """Return the translation, with what is missing or too long noted."""
        self._check_required()
        self._check_lengths()
        order = {name: index for index, name in enumerate(self._known)}
        problems = [self._problems[name] for name in sorted(self._problems, key=lambda name: order[name])]
        chosen = self._values.get(self._system.target.external_id or "")
        return Prepared(
            values=self._values,
            external_id=chosen if isinstance(chosen, str) else None,
            problems=tuple(problems),
            warnings=tuple(self._warnings),
            create_only=self._system.create_only & self._values.keys(),
            ends_employment=ends_employment,
            ongoing=ongoing,
        )

    def _check_required(self) -> None:
        for name in (name for name, field in self._known.items() if field.required):
            if self._values.get(name) is None and name not in self._problems:
                message = f"{self.label(name)} is missing and {self._system.name} needs it. "
                self.stop(
                    name, Reason.MISSING_FIELD, message + "Enter it in the HR system and run the job again."
                )

    def _check_lengths(self) -> None:
        for name in [name for name, value in self._values.items() if self._too_long(name, value)]:
            limit = self._known[name].max_length
            said = f"{self.label(name)} is longer than {limit} characters"
            if self._known[name].required:
                self.stop(name, Reason.TOO_LONG, f"{said}. Shorten it in the HR system.")
            else:
                self.warn("TOO_LONG", f"{said} and was not sent.")
                del self._values[name]

    def _too_long(self, name: str, value: Value) -> bool:
        field = self._known[name]
        if field.type is FieldType.DATE or field.max_length is None or value is None:
            return False
        return len(str(value)) > field.max_length

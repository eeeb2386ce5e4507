"""The translation of one employee while it is being made."""

from __future__ import annotations

from connectors.contract import FieldType, Prepared, Problem, Reason, Value, Verdict, Warn
from connectors.ipayroll.fields import CREATE_ONLY, FIELDS, SOURCE_LABELS

KNOWN = {field.name: field for field in FIELDS}


class Draft:
    """Collects values, problems and warnings."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._values: dict[str, Value] = {}
        self._problems: dict[str, Problem] = {}
        self._warnings: list[Warn] = []

    def put(self, name: str, value: Value) -> None:
        """Set a field; None leaves it out."""
        if value is not None:
            self._values[name] = value

    def warn(self, code: str, message: str) -> None:
        """Note something a person should do."""
        self._warnings.append(Warn(code, message))

    def stop(self, name: str, reason: Reason, message: str, verdict: Verdict = Verdict.FILTER) -> None:
        """Note why the employee cannot be written; one problem a field."""
        self._problems[name] = Problem(reason, message, label(name), verdict)

    def finished(self) -> Prepared:
        """Return the translation, with what is missing or too long noted."""
        self._check_required()
        self._check_lengths()
        order = {name: index for index, name in enumerate(KNOWN)}
        problems = [self._problems[name] for name in sorted(self._problems, key=lambda name: order[name])]
        chosen = self._values.get("employeeId")
        return Prepared(
            values=self._values,
            external_id=chosen if isinstance(chosen, str) else None,
            problems=tuple(problems),
            warnings=tuple(self._warnings),
            create_only=CREATE_ONLY & self._values.keys(),
        )

    def _check_required(self) -> None:
        for name in (field.name for field in FIELDS if field.required):
            if name not in self._values and name not in self._problems:
                message = f"{label(name)} is missing and iPayroll needs it. Enter it in the HR system and run the job again."
                self.stop(name, Reason.MISSING_FIELD, message)

    def _check_lengths(self) -> None:
        for name in [name for name, value in self._values.items() if _too_long(name, value)]:
            limit = KNOWN[name].max_length
            if KNOWN[name].required:
                self.stop(name, Reason.TOO_LONG, f"{label(name)} is longer than {limit} characters. Shorten it in the HR system.")
            else:
                self.warn("TOO_LONG", f"{label(name)} is longer than {limit} characters and was not sent.")
                del self._values[name]


def label(name: str) -> str:
    """Return what the HR system calls a field."""
    return SOURCE_LABELS.get(name, KNOWN[name].label)


def _too_long(name: str, value: Value) -> bool:
    limit = KNOWN[name].max_length
    return KNOWN[name].type is not FieldType.DATE and limit is not None and len(str(value)) > limit

"""The translation of one employee while it is being built."""

from __future__ import annotations

from datetime import date

from connectors.contract.fields import FieldType, Value
from connectors.contract.records import OngoingEmployment, Prepared, Problem, Reason, Verdict, Warn
from connectors.rest.description.base import UserMessage
from connectors.rest.description.roles import OneValue
from connectors.rest.description.system import System


class Draft:
    """Collects values, problems and warnings. A hook calls ``put``, ``warn`` and ``stop`` before it is finished."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._fields = system.fields_by_name
        self._values: dict[str, Value] = {}
        self._problems: dict[str, Problem] = {}
        self._warnings: list[Warn] = []
        self._blank: set[str] = set()
        # Fields whose value cannot be sent.
        self._unsendable: set[str] = set()
        # Fields whose value the HR system did not give, whether it has one or not.
        self._unread: set[str] = set()

    def put(self, name: str, value: Value) -> None:
        """Set a field. None leaves it as it is; the text with which the target clears a field clears it."""
        clear_with = self._system.target.clear_with
        if isinstance(value, date) and not self._system.is_plausible(self._fields[name], value):
            self._refuse_date(name)
        elif value is not None:
            clears = clear_with and str(value).strip().casefold() == str(clear_with).casefold()
            self._values[name] = None if clears else value

    def get(self, name: str) -> Value:
        """Return the current value of a field."""
        return self._values.get(name)

    def _refuse_date(self, name: str) -> None:
        """Leave a date out that is a placeholder or a slip of the pen; without a required one nothing is sent."""
        label = self.label(name)
        self._unsendable.add(name)
        if self._fields[name].required:
            self.stop(
                name,
                Reason.IMPLAUSIBLE_DATE,
                f"{label} is too early or too late to be right, and {self._system.name} needs it. "
                "Correct it in the HR system and run the job again.",
            )
        else:
            self.warn(
                "IMPLAUSIBLE_DATE",
                f"{label} is too early or too late to be right and was not sent. Correct it in the HR system.",
            )

    def clear(self, name: str) -> None:
        """Have the target clear a field that has no value."""
        self._values.setdefault(name, None)

    def put_blank(self, name: str) -> None:
        """Note that the HR system was read and has no value: the field is cleared, or reported."""
        if self._values.get(name) is not None:
            return
        if self._fields[name].blank == "clear":
            self.clear(name)
        elif name in self._system.reported_when_blank:
            self._blank.add(name)

    def put_unusable(self, name: str) -> None:
        """Note that the HR system has a value which cannot be sent."""
        self._unsendable.add(name)

    def put_unread(self, name: str) -> None:
        """Note that the HR system did not let iHUB read whether it has a value."""
        self._unread.add(name)

    def drop(self, name: str) -> None:
        """Leave a field out."""
        self._values.pop(name, None)

    def has_warning(self, code: str) -> bool:
        """Say whether there is a warning with this code."""
        return any(warning.code == code for warning in self._warnings)

    def warn(self, code: str, message: str, *, at_target: bool = False) -> None:
        """Add a warning: something a person should do, in the HR system or, with ``at_target``, in the target."""
        self.add_warning(Warn(code, message, at_target=at_target))

    def add_warning(self, warning: Warn) -> None:
        """Add a warning. What has been said about one field is not repeated for another."""
        said = {(known.code, known.message) for known in self._warnings}
        if (warning.code, warning.message) not in said:
            self._warnings.append(warning)

    def stop(self, name: str, reason: Reason, message: str, verdict: Verdict = Verdict.FILTER) -> None:
        """Add the reason why the employee cannot be written; the first problem of a field counts."""
        self._problems.setdefault(name, Problem(reason, message, self.label(name), verdict))

    def add_message(self, name: str, message: UserMessage) -> None:
        """Warn or stop, as the description says."""
        if message.stops is None:
            self.add_warning(Warn(message.code, message.message, name))
        else:
            self.stop(name, Reason(message.code), message.message, Verdict(message.stops))

    def label(self, name: str) -> str:
        """Return the HR system's name for a field."""
        field = self._fields[name]
        return field.source_label or field.label

    def finish(
        self,
        ends_employment: bool = False,
        ongoing: OngoingEmployment | None = None,
        middle_names: str | None = None,
    ) -> Prepared:
        """Return the translation, with problems and warnings for missing and too long values."""
        self._check_required()
        self._check_lengths()
        for group in self._system.target.one_value:
            self._keep_whole(group)
        order = {name: index for index, name in enumerate(self._fields)}
        problems = [self._problems[name] for name in sorted(self._problems, key=lambda name: order[name])]
        external_id = self._values.get(self._system.target.external_id or "")
        return Prepared(
            values=self._values,
            external_id=external_id if isinstance(external_id, str) else None,
            problems=tuple(problems),
            warnings=tuple(self._warnings),
            create_only=self._system.create_only & self._values.keys(),
            ends_employment=ends_employment,
            ongoing=ongoing,
            end_field=self._system.target.ended.field if ends_employment else None,
            blank=frozenset(self._blank),
            middle_names=middle_names,
        )

    def _keep_whole(self, group: OneValue) -> None:
        """Send all parts of one value, those without content as blank; none when one of them cannot be sent."""
        unsendable = [name for name in group.fields if name in self._unsendable]
        if unsendable or not any(self._is_content(name) for name in group.fields):
            for name in group.fields:
                self.drop(name)
        else:
            for name in group.fields:
                self.clear(name)
        if unsendable and group.otherwise is not None and not self.has_warning(group.otherwise.code):
            self.add_message(unsendable[0], group.otherwise)

    def _is_content(self, name: str) -> bool:
        """Return whether a field has more than a country, which alone is no address."""
        return self._values.get(name) is not None and self._fields[name].format != "country"

    def _check_required(self) -> None:
        for name in (name for name, field in self._fields.items() if field.required):
            if self._values.get(name) is None and name not in self._problems:
                is_unread = name in self._unread
                what = "was not read" if is_unread else "is missing"
                remedy = "Give the person who connected the HR system the right to read it, or enter it there"
                self.stop(
                    name,
                    Reason.MISSING_FIELD,
                    f"{self.label(name)} {what} and {self._system.name} needs it. "
                    f"{remedy if is_unread else 'Enter it in the HR system'} and run the job again.",
                )

    def _check_lengths(self) -> None:
        for name in [name for name, value in self._values.items() if self._is_too_long(name, value)]:
            message = f"{self.label(name)} is longer than {self._fields[name].max_length} characters"
            if self._fields[name].required:
                self.stop(name, Reason.TOO_LONG, f"{message}. Shorten it in the HR system.")
            else:
                self.add_warning(Warn("TOO_LONG", f"{message} and was not sent.", name))
                del self._values[name]
                self._unsendable.add(name)

    def _is_too_long(self, name: str, value: Value) -> bool:
        field = self._fields[name]
        if field.type is FieldType.DATE or field.max_length is None or value is None:
            return False
        return len(str(value)) > field.max_length

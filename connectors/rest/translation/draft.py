"""The translation of one employee while it is being built."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from connectors.contract.fields import FieldType, Value
from connectors.contract.records import OngoingEmployment, Prepared, Problem, Reason, Unmapped, Verdict, Warn
from connectors.rest.description.base import UserMessage
from connectors.rest.description.roles import OneValue
from connectors.rest.description.system import System
from connectors.rest.translation.remedies import correct, reason_of


class DraftRules:
    """What the drafts of one target have to keep to, prepared once for all employees."""

    def __init__(self, system: System) -> None:
        target, fields = system.target, system.fields_by_name
        self.system_name = system.name
        self.fields = fields
        self.labels = {name: field.source_label or field.label for name, field in fields.items()}
        self.limited = {
            name: field.max_length
            for name, field in fields.items()
            if field.max_length is not None and field.type is not FieldType.DATE
        }
        self.remedies = {
            name: (correct(system, field), correct(system, field, "Shorten"))
            for name, field in fields.items()
        }
        self.one_value = target.one_value
        self.create_only = system.create_only
        self.not_sent = frozenset(name for name, field in fields.items() if not field.send)
        self.external_id = target.external_id
        self.end_field = target.ended.field
        self.order = {name: index for index, name in enumerate(fields)}
        self.clear_with = str(target.clear_with).casefold() if target.clear_with else None
        self.date_ranges = {name: system.plausible_dates(field) for name, field in fields.items()}
        self.cleared_when_blank = frozenset(name for name, field in fields.items() if field.blank == "clear")


class Draft:
    """Collects values, problems and warnings. A hook calls ``put``, ``warn`` and ``stop`` before it is finished."""

    __slots__ = (
        "_blank",
        "_create_only",
        "_forgotten",
        "_problems",
        "_rules",
        "_unmapped",
        "_unread",
        "_unsendable",
        "_warnings",
        "values",
    )

    def __init__(self, rules: DraftRules) -> None:
        self._rules = rules
        self.values: dict[str, Value] = {}
        self._problems: dict[str, Problem] = {}
        self._warnings: list[Warn] = []
        self._blank: set[str] = set()
        # Fields that a condition leaves to the target.
        self._forgotten: tuple[str, ...] = ()
        # Fields that only this employee is sent on create alone.
        self._create_only: set[str] = set()
        # Fields whose value cannot be sent.
        self._unsendable: set[str] = set()
        # Fields whose value the HR system did not give, whether it has one or not.
        self._unread: set[str] = set()
        self._unmapped: tuple[Unmapped, ...] = ()

    def put(self, name: str, value: Value) -> None:
        """Set a field. None leaves it as it is; the text with which the target clears a field clears it."""
        if value is None:
            return
        rules = self._rules
        if type(value) is not str and isinstance(value, date):
            earliest, latest = rules.date_ranges[name]
            if not earliest <= value <= latest:
                self._refuse_date(name)
                return
        if rules.clear_with is not None and str(value).strip().casefold() == rules.clear_with:
            value = None
        self.values[name] = value

    def get(self, name: str) -> Value:
        """Return the current value of a field."""
        return self.values.get(name)

    def _refuse_date(self, name: str) -> None:
        """Leave a date out that is a placeholder or a slip of the pen; without a required one nothing is sent."""
        label = self.label(name)
        self._unsendable.add(name)
        if self._rules.fields[name].required:
            self.stop(
                name,
                reason_of(self._rules.fields[name], Reason.IMPLAUSIBLE_DATE),
                f"{label} is too early or too late to be right, and {self._rules.system_name} needs it. "
                f"{self._rules.remedies[name][0]} and run the job again.",
            )
        else:
            self.warn(
                "IMPLAUSIBLE_DATE",
                f"{label} is too early or too late to be right and was not sent. {self._rules.remedies[name][0]}.",
            )

    def clear(self, name: str) -> None:
        """Have the target clear a field that has no value."""
        self.values.setdefault(name, None)

    def put_blank(self, name: str) -> None:
        """Note that the HR system was read and has no value: the field is cleared, or the target keeps its own."""
        if self.values.get(name) is not None:
            return
        if name in self._rules.cleared_when_blank:
            self.clear(name)
        else:
            self._blank.add(name)

    def put_unusable(self, name: str) -> None:
        """Note that the HR system has a value which cannot be sent."""
        self._unsendable.add(name)

    def put_unmapped(self, name: str, value: str | None) -> None:
        """Note that the target has no value for the one of the HR system; ``value`` names it, if it may be named."""
        self._unmapped += (Unmapped(name, self.label(name), value),)

    def forget(self, name: str) -> None:
        """Note that a condition leaves a field to the target, whatever was sent before."""
        self._forgotten += (name,)

    def put_unread(self, name: str) -> None:
        """Note that the HR system did not let iHUB read whether it has a value."""
        self._unread.add(name)

    def only_on_create(self, name: str) -> None:
        """Send the current value of a field for a new employee only."""
        self._create_only.add(name)

    def drop(self, name: str) -> None:
        """Leave a field out."""
        self.values.pop(name, None)

    def is_unread(self, name: str) -> bool:
        """Say whether the HR system did not let iHUB read what fills a field."""
        return name in self._unread

    def has_problem(self, name: str) -> bool:
        """Say whether a field stops the employee already."""
        return name in self._problems

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
        self._problems.setdefault(name, Problem(reason, message, self.label(name), verdict, name))

    def add_message(self, name: str, message: UserMessage) -> None:
        """Warn or stop, as the description says."""
        if message.stops is None:
            self.add_warning(Warn(message.code, message.message, name))
        else:
            self.stop(name, Reason(message.code), message.message, Verdict(message.stops))

    def label(self, name: str) -> str:
        """Return the HR system's name for a field."""
        return self._rules.labels[name]

    def finish(
        self,
        ends_employment: bool = False,
        ongoing: OngoingEmployment | None = None,
        middle_names: str | None = None,
    ) -> Prepared:
        """Return the translation, with problems and warnings for too long values."""
        rules, values = self._rules, self.values
        if rules.limited:
            self._check_lengths(rules.limited)
        for group in rules.one_value:
            self._keep_whole(group)
        for name in rules.not_sent:
            self.drop(name)
            self._blank.discard(name)
        problems = [self._problems[name] for name in sorted(self._problems, key=rules.order.__getitem__)]
        external_id = values.get(rules.external_id or "")
        return Prepared(
            values,
            external_id if isinstance(external_id, str) else None,
            tuple(problems),
            tuple(self._warnings),
            (rules.create_only | self._create_only if self._create_only else rules.create_only)
            & values.keys(),
            ends_employment,
            ongoing,
            middle_names,
            rules.end_field if ends_employment else None,
            frozenset(self._blank),
            self._unmapped,
            rules.not_sent.union(self._forgotten) - values.keys() if self._forgotten else rules.not_sent,
        )

    def _keep_whole(self, group: OneValue) -> None:
        """Send all parts of one value, those without content as blank; none when one of them cannot be sent."""
        unsendable = [name for name in group.fields if name in self._unsendable]
        if unsendable or not any(self._is_content(name) for name in group.fields):
            for name in group.fields:
                self.drop(name)
        else:
            for name in group.fields:
                if name not in self._unread:
                    self.clear(name)
        if unsendable and group.otherwise is not None and not self.has_warning(group.otherwise.code):
            self.add_message(unsendable[0], group.otherwise)

    def _is_content(self, name: str) -> bool:
        """Return whether a field has more than a country, which alone is no address."""
        return self.values.get(name) is not None and self._rules.fields[name].format != "country"

    def _check_lengths(self, limits: Mapping[str, int]) -> None:
        for name, most in limits.items():
            value = self.values.get(name)
            if value is None or len(str(value)) <= most:
                continue
            message = f"{self.label(name)} is longer than {most} characters"
            if self._rules.fields[name].required:
                reason = reason_of(self._rules.fields[name], Reason.TOO_LONG)
                self.stop(name, reason, f"{message}. {self._rules.remedies[name][1]}.")
            else:
                self.add_warning(Warn("TOO_LONG", f"{message} and was not sent.", name))
                del self.values[name]
                self._unsendable.add(name)

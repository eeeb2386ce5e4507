"""One field of a target: where its value comes from, and how it is shaped and shown.

One file, because what a field says of its origins, templates and conditions has to cover every way to fill it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from connectors.contract.employee import PAY
from connectors.contract.fields import Concern, FieldType, Identity, Owner
from connectors.mapping.base import MOST_CANDIDATES, MOST_CASES, MOST_MAP_ROWS
from connectors.mapping.conditions.tree import AnyCondition, ConditionTree
from connectors.mapping.steps import Steps
from connectors.mapping.templates import Template, TemplateText
from connectors.rest.description.base import DescriptionPart, JsonPath, Name, Scalar, Text, UserMessage
from connectors.values.normalise import BY_FORMAT

# A format brings values that are written in several ways into one spelling.
Format = Annotated[str, StringConstraints(pattern="^(" + "|".join(BY_FORMAT) + ")$")]

TEXT, LIST = "a text", "a list"
# The ways to fill a field, by the names of their attributes: a field has one of them.
WAYS = ("origin", "from_setting", "setting", "value", "template", "cases", "choice")


def _shape(entry: Any) -> str:
    """Return which form of the origins is meant; an object alone is none."""
    if isinstance(entry, list | tuple):
        return LIST
    return "an object" if isinstance(entry, dict | Origin) else TEXT


def _origin_shape(entry: Any) -> str:
    return "Origin" if isinstance(entry, dict | Origin) else TEXT


# The values on one side, and the value on the other side for each; upper and lower case do not matter.
ValueMap = Annotated[dict[str, Scalar], Field(max_length=MOST_MAP_ROWS)]


class Origin(DescriptionPart):
    """A value of the employee with a value map of its own."""

    at: JsonPath = Field(examples=["au_tax.exemption"])
    map: ValueMap
    """The employee's values, and what is sent for each; upper and lower case do not matter."""


SingleOrigin = Annotated[
    Annotated[JsonPath, Tag(TEXT)] | Annotated[Origin, Tag("Origin")], Discriminator(_origin_shape)
]
Origins = Annotated[
    Annotated[JsonPath, Tag(TEXT)]
    | Annotated[tuple[SingleOrigin, ...], Field(max_length=MOST_CANDIDATES), Tag(LIST)],
    Discriminator(_shape),
]


class Alternative(DescriptionPart):
    """One way to fill a field: values of the employee, a fixed value, or a template."""

    origin: Origins | None = Field(None, alias="from", examples=["mobile"])
    value: Scalar | None = None
    template: TemplateText | None = None

    @model_validator(mode="after")
    def _check(self) -> Alternative:
        if sum(way is not None for way in (self.origin, self.value, self.template)) != 1:
            raise ValueError("write one of `from`, `value` and `template`")
        return self


class Case(Alternative):
    """A way to fill a field for the employees who meet a condition."""

    when: ConditionTree = Field(examples=[{"at": "employment_type", "is": ["Casual"]}])


class ChoiceCase(DescriptionPart):
    """An entry of a list of the target, for the employees who meet a condition."""

    when: ConditionTree
    id: Scalar
    label: Text | None = None


class Choice(DescriptionPart):
    """An entry of a list that the target has, such as its pay schedules, chosen by its id."""

    of: Name = Field(examples=["pay_schedules"])
    """The target's list."""
    id: Scalar | None = None
    """The id of the entry that everybody gets."""
    label: Text | None = None
    """What the target called it on the day it was chosen; only for people to read."""
    cases: Annotated[tuple[ChoiceCase, ...], Field(max_length=MOST_CASES)] = ()
    """Different entries by conditions; the first one that holds counts."""
    otherwise: Scalar | None = Field(None, alias="else")
    """The id of the entry for employees who meet none of the conditions."""

    @model_validator(mode="after")
    def _check(self) -> Choice:
        if (self.id is None) is not bool(self.cases) or (self.otherwise is not None and not self.cases):
            raise ValueError("write an `id`, or `cases` and perhaps `else`")
        return self


class TargetField(DescriptionPart):
    """One field of the target's employees."""

    name: JsonPath = Field(examples=["address.city"])
    """The field's path in requests and responses: dots lead into nested objects, and a number to an entry of a list."""
    sent_at: JsonPath | None = Field(None, examples=["custom.dynamic_{locker_field}"])
    """Where requests have it, when that is not its name; names of settings can stand in braces. A field whose setting
    is blank is not sent."""
    shown_at: JsonPath | None = Field(None, examples=["attributes.dynamic_{locker_field}.value"])
    """Where responses have it, when that is another place than in requests."""
    label: Text = Field(examples=["City"])
    source_label: Text | None = None
    """The HR system's name for it, where that differs."""
    type: FieldType = FieldType.TEXT
    format: Format | None = None
    origin: Origins | None = Field(None, alias="from", examples=["address.suburb"])
    """The employee's value that is sent; of several, the first one that exists and can be used."""
    from_setting: Name | None = None
    """A setting whose choice names the employee's value that is sent."""
    setting: Name | None = None
    """A setting whose value is sent."""
    value: Scalar | None = None
    """A value that is always sent."""
    template: TemplateText | None = Field(None, examples=["{first_name} {surname}"])
    """A text with values of the employee in it; a part in [ ] is left out when a value in it is blank."""
    cases: Annotated[tuple[Case, ...], Field(min_length=1, max_length=MOST_CASES)] | None = None
    """Ways to fill it, each under a condition; the first whose condition holds counts."""
    otherwise_filled: Alternative | None = Field(None, alias="else")
    """How it is filled for employees who meet none of the conditions in `cases`."""
    choice: Choice | None = None
    """An entry of a list of the target, chosen by its id."""
    choices: Name | None = Field(None, examples=["pay_schedules"])
    """The target's list that its value has to be from; people choose from it."""
    send: bool = True
    """`false`: it is neither written nor compared nor cleared."""
    steps: Steps | None = None
    """What is done to the value, in this order, before `map`."""
    map: ValueMap | None = None
    """The employee's values, and what is sent for each; upper and lower case and repeated spaces do not matter."""
    unmapped: Literal["problem", "keep", "default"] | None = None
    """What happens to a value that `map` does not have; by default it is a problem in a field with `steps`, `template`
    or `default`, and in any other it is left out with the message of `bad`, if there is one."""
    default: Scalar | None = None
    """What is sent when the HR system was read and has no value."""
    default_only_on_create: bool = False
    """The default is sent for new employees only; others keep what the target has."""
    reads: ValueMap | None = None
    """Other spellings in which the target shows a value, and the value that each of them stands for."""
    when: ConditionTree | None = None
    """It is filled only for employees who meet the condition."""
    otherwise: Literal["keep", "clear"] | None = None
    """What happens to it for employees who do not meet the condition of `when`; by default the target keeps it."""
    required: bool = False
    """A new employee must have it; without it the employee is not written."""
    sensitive: bool = False
    """It is masked wherever it is shown."""
    max_length: int | None = Field(None, gt=0)
    identity: Identity | None = None
    """How it helps to identify an employee; only such fields are used to match employees."""
    concern: Concern | None = None
    """What a wrong value would misdirect, money or tax; a run that changes many of these fields is held."""
    only_on_create: bool = False
    """It is sent for new employees only; afterwards the target owns it."""
    unique: bool = False
    """No two employees may have the same value: those who would are not written."""
    exact: bool = False
    """Capitals and small letters count when it is compared with what the target shows."""
    owner: Owner | None = None
    """Whose value counts: `source`: a value changed in the target is overwritten, and the report says so; `target`: it
    is never sent; `once`: it is sent once, and belongs to the target afterwards; `ask`: a value changed in the target
    waits for a person. By default `once` with `only_on_create`, `ask` with `concern: bank`, and otherwise `source`."""
    also_when_blank: bool = False
    """With `owner: once`, it is also sent when the target has lost its value."""
    shown: bool = True
    """`false`: the target never shows it, so that a change made there cannot be seen."""
    blank: Literal["keep", "clear"] = "keep"
    """What happens to it when the HR system was read and has no value. An e-mail address, a phone number or a bank
    account that is kept is reported."""
    blank_when_absent: bool = False
    """When a response leaves it out, it is blank; otherwise its value is then unknown."""
    bad: UserMessage | None = None
    """The message when the HR system's value cannot be used; by default only e-mail addresses and phones have one."""
    masked: UserMessage | None = None
    """The message when the HR system shows it masked, as in ###-###-123; by default as for `bad`."""

    @property
    def places(self) -> tuple[str, str]:
        """Return where requests and where responses have it."""
        sent = self.sent_at or self.name
        return sent, self.shown_at or sent

    @property
    def filled(self) -> bool:
        """Say whether the file gives it a value; a hook may still do so when the file does not."""
        return any(getattr(self, way) is not None for way in WAYS)

    @property
    def is_shaped(self) -> bool:
        """Say whether its value is shaped on the way: by steps, a template, a default or a rule for its map."""
        shapes = (self.steps, self.template, self.default, self.unmapped, self.cases, self.choice)
        return any(shape is not None for shape in shapes)

    @property
    def owned_by(self) -> Owner:
        """Return whose value counts, by default as the key ``owner`` says."""
        if self.owner is not None:
            return self.owner
        if self.only_on_create:
            return Owner.ONCE
        return Owner.ASK if self.concern is Concern.BANK and self.shown else Owner.SOURCE

    @property
    def is_derived(self) -> bool:
        """Say whether its value is made from those of the employee, and not one of them as it is."""
        return self.steps is not None or any(way.template is not None for _, way in self.ways_by_place)

    @property
    def is_pay(self) -> bool:
        """Say whether a wrong value pays somebody wrong."""
        paths = [each if isinstance(each, str) else each.at for each in self.all_origins]
        of_pay = any(path.partition(".")[0] in PAY for path in [*paths, *self.template_places])
        return self.send and (self.concern is not None or of_pay)

    @property
    def origins(self) -> Sequence[str | Origin]:
        """Return the origins of its value, first choice first."""
        return list_origins(self.origin)

    @property
    def template_places(self) -> Sequence[str]:
        """Return the paths of the employee's values in its templates."""
        templates = [way.template for _, way in self.ways_by_place if way.template is not None]
        return [path for template in templates for path in Template(template).places]

    @property
    def ways_by_place(self) -> Sequence[tuple[tuple[str | int, ...], TargetField | Alternative]]:
        """Return what can say `from`, `value` or `template`, each with its place in the field."""
        cases = [(("cases", index), case) for index, case in enumerate(self.cases or ())]
        rest = [(("else",), self.otherwise_filled)] if self.otherwise_filled else []
        return [((), self), *cases, *rest]

    @property
    def conditions(self) -> Sequence[tuple[tuple[str | int, ...], AnyCondition]]:
        """Return all conditions, each with its place in the field."""
        own: list[tuple[tuple[str | int, ...], AnyCondition]] = []
        if self.when is not None:
            own.append((("when",), self.when))
        cases = [(("cases", index, "when"), case.when) for index, case in enumerate(self.cases or ())]
        choices = self.choice.cases if self.choice is not None else ()
        chosen = [(("choice", "cases", index, "when"), case.when) for index, case in enumerate(choices)]
        return [*own, *cases, *chosen]

    @property
    def all_origins(self) -> Sequence[str | Origin]:
        """Return all origins that can fill it, also those under conditions."""
        return [origin for _, way in self.ways_by_place for origin in list_origins(way.origin)]


def list_origins(origins: Origins | None) -> Sequence[str | Origin]:
    """Return the origins in the order in which they are tried."""
    if origins is None:
        return ()
    return origins if isinstance(origins, tuple) else (origins,)

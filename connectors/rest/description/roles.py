"""A described system as a source and as a target: where each value comes from and where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, StringConstraints, Tag

from connectors.contract.employee import BankAccount, SuperFund
from connectors.contract.fields import Concern, FieldType, Identity
from connectors.rest.description.base import DescriptionPart, JsonPath, Name, Scalar, Text, UserMessage
from connectors.values.normalise import BY_FORMAT

# A format brings values that are written in several ways into one spelling.
Format = Annotated[str, StringConstraints(pattern="^(" + "|".join(BY_FORMAT) + ")$")]

# The lists of an employee, and the type of their items.
ITEM_TYPES = {"bank_accounts": BankAccount, "super_funds": SuperFund}
# A group or item without any of these values counts as absent.
IDENTIFYING = {
    "bank_accounts": frozenset({"number"}),
    "super_funds": frozenset({"name", "usi"}),
    "kiwisaver": frozenset({"status"}),
}
TEXT, LIST = "a text", "a list"


def _shape(entry: Any) -> str:
    """Return which form of an entry is meant, so that errors are those of this form and not of the others."""
    if isinstance(entry, list | tuple):
        return LIST
    if isinstance(entry, dict):
        return "SourceItems" if "each" in entry else "SourceValue"
    return type(entry).__name__ if isinstance(entry, BaseModel) else TEXT


def _origin_shape(entry: Any) -> str:
    return "Origin" if isinstance(entry, dict | Origin) else TEXT


class Origin(DescriptionPart):
    """A value of the employee with a value map of its own."""

    at: JsonPath = Field(examples=["au_tax.exemption"])
    map: dict[str, Scalar]
    """The employee's values, and what is sent for each; upper and lower case do not matter."""


SingleOrigin = Annotated[
    Annotated[JsonPath, Tag(TEXT)] | Annotated[Origin, Tag("Origin")], Discriminator(_origin_shape)
]
Origins = Annotated[
    Annotated[JsonPath, Tag(TEXT)] | Annotated[tuple[SingleOrigin, ...], Tag(LIST)], Discriminator(_shape)
]


class Condition(DescriptionPart):
    """When a field is filled: only for employees who meet the condition."""

    at: JsonPath = Field(examples=["address.country"])
    format: Format | None = None
    equals: tuple[Scalar, ...] | None = Field(None, alias="is", examples=[["New Zealand"]])
    differs: tuple[Scalar, ...] | None = Field(None, alias="is_not")
    there: bool | None = None
    """Whether there is a value."""


class TargetField(DescriptionPart):
    """One field of the target's employees."""

    name: JsonPath = Field(examples=["address.city"])
    """The field's path in requests and responses; dots lead into nested objects, not into lists."""
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
    map: dict[str, Scalar] | None = None
    """The employee's values, and what is sent for each; upper and lower case do not matter."""
    reads: dict[str, Scalar] | None = None
    """Other spellings in which the target shows a value, and the value that each of them stands for."""
    when: Condition | None = None
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
    def filled(self) -> bool:
        """Say whether the file gives it a value; a hook may still do so when the file does not."""
        return any(way is not None for way in (self.origin, self.from_setting, self.setting, self.value))

    @property
    def origins(self) -> Sequence[str | Origin]:
        """Return the origins of its value, first choice first."""
        if self.origin is None:
            return ()
        return self.origin if isinstance(self.origin, tuple) else (self.origin,)


class Collection(DescriptionPart):
    """Several items of one kind, such as bank accounts, in fields with numbered origins (`bank_accounts.0.number`)."""

    of: Literal["bank_accounts", "super_funds"]
    field: JsonPath = Field(examples=["bankAccountNumber"])
    """The field of the target that the message about too many items refers to."""
    most: int = Field(ge=1, examples=[3])
    """How many items the target accepts."""
    more: UserMessage
    """The message for an employee with more items."""
    rest: Literal["keep", "clear"] = "keep"
    """`clear`: the target's items beyond those the employee has are removed; without any item nothing is changed."""


class FieldGroup(DescriptionPart):
    """Fields that only make sense together, such as the two parts of an account number: all are sent, or none."""

    fields: tuple[JsonPath, ...] = Field(min_length=2)
    also: tuple[JsonPath, ...] = ()
    """Fields that are left out with them, and may otherwise be blank."""
    otherwise: UserMessage
    """The message when only some of them have a value, unless there is one with the same code already."""


class OneValue(DescriptionPart):
    """Fields that are the parts of one value, such as an address: all are sent, and those without content are blanked.

    Nothing is sent of an employee who has none of it; a country alone is no address.
    """

    fields: tuple[JsonPath, ...] = Field(min_length=2)
    otherwise: UserMessage | None = None
    """The message when one of them has a value that cannot be sent; then none of them is sent."""


class EmploymentEnd(DescriptionPart):
    """What happens when an employment has ended in the HR system."""

    field: JsonPath | None = None
    """The date that ends it at the target; it is sent only then. For an employee who returns it is cleared; when the
    file never fills it, a warning asks for that."""
    warning: UserMessage | None = None
    """The message for an employee whose employment has ended and whose date is not sent."""


class TargetRole(DescriptionPart):
    """The system as a target."""

    external_id: JsonPath | None = None
    """The field with the id that we choose or store."""
    external_id_chosen_by_us: bool = False
    """It is the system's own id."""
    clear_with: Scalar | None = None
    """The value that clears a field; by default null."""
    fields: tuple[TargetField, ...] = Field(min_length=1)
    collections: tuple[Collection, ...] = ()
    together: tuple[FieldGroup, ...] = ()
    one_value: tuple[OneValue, ...] = ()
    ended: EmploymentEnd = EmploymentEnd()
    listing: Literal["cheap", "expensive"] = "cheap"
    """`expensive`: its employees are listed only when somebody has to be matched. What was written is compared with
    what was sent before, so that a change made at the target alone is not seen."""


class SourceValue(DescriptionPart):
    """One value of an employee that needs more than a path."""

    at: JsonPath = Field(examples=["dateOfBirth"])
    map: dict[str, Scalar] | None = None


SourceItemValue = Annotated[
    Annotated[JsonPath, Tag(TEXT)] | Annotated[SourceValue, Tag("SourceValue")], Discriminator(_shape)
]


class SourceItems(DescriptionPart):
    """Several items of one kind: an array in the system's employee."""

    each: JsonPath = Field(examples=["bankAccounts"])
    values: dict[str, SourceItemValue] = Field(min_length=1)


SourceEntry = Annotated[
    Annotated[JsonPath, Tag(TEXT)]
    | Annotated[SourceValue, Tag("SourceValue")]
    | Annotated[SourceItems, Tag("SourceItems")],
    Discriminator(_shape),
]


class SourceRole(DescriptionPart):
    """The system as a source."""

    mark: JsonPath | None = None
    """Where a listed employee has the source version: the time or number of the last change."""
    details: bool = False
    """The list is a summary: each new or changed employee is also read one by one."""
    required: tuple[str, ...] = ("surname",)
    """An employee without these values counts as unreadable."""
    employee: dict[str, SourceEntry] = Field(min_length=1)
    """iHUB's fields of an employee, and the path of each in the system's employee."""

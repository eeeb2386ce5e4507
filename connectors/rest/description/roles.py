"""What a described system is as a source and as a target: where each value comes from and where it goes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, StringConstraints, Tag

from connectors.contract.fields import Concern, FieldType, Identity
from connectors.rest.description.base import DescriptionPart, JsonPath, Name, Scalar, Text, UserMessage
from connectors.values.normalise import BY_FORMAT

Format = Annotated[str, StringConstraints(pattern="^(" + "|".join(BY_FORMAT) + ")$")]
"""One spelling for values that are written in several ways."""


TEXT, LIST = "a text", "a list"


def _shape(given: Any) -> str:
    """Tell the forms of a value apart, so that what is wrong in one is not measured by another."""
    if isinstance(given, list | tuple):
        return LIST
    if isinstance(given, dict):
        return "SourceItems" if "each" in given else "SourceValue"
    return type(given).__name__ if isinstance(given, BaseModel) else TEXT


def _origin_shape(given: Any) -> str:
    return "Origin" if isinstance(given, dict | Origin) else TEXT


class Origin(DescriptionPart):
    """One value of the employee, translated by a table of its own."""

    at: JsonPath = Field(examples=["au_tax.exemption"])
    map: dict[str, Scalar]
    """The values as the employee has them, and what is sent for each; capitals do not matter."""


SingleOrigin = Annotated[
    Annotated[JsonPath, Tag(TEXT)] | Annotated[Origin, Tag("Origin")], Discriminator(_origin_shape)
]
Origins = Annotated[
    Annotated[JsonPath, Tag(TEXT)] | Annotated[tuple[SingleOrigin, ...], Tag(LIST)], Discriminator(_shape)
]


class Condition(DescriptionPart):
    """When a field is filled: only for employees of whom this is true."""

    at: JsonPath = Field(examples=["address.country"])
    format: Format | None = None
    equals: tuple[Scalar, ...] | None = Field(None, alias="is", examples=[["New Zealand"]])
    differs: tuple[Scalar, ...] | None = Field(None, alias="is_not")
    there: bool | None = None
    """Whether there is anything."""


class TargetField(DescriptionPart):
    """One field of the target's employees."""

    name: JsonPath = Field(examples=["address.city"])
    """Where it stands in what is sent and answered; dots go into nested objects, not into lists."""
    label: Text = Field(examples=["City"])
    source_label: Text | None = None
    """What the HR system calls it, where that is something else."""
    type: FieldType = FieldType.TEXT
    format: Format | None = None
    origin: Origins | None = Field(None, alias="from", examples=["address.suburb"])
    """Which value of the employee is sent; of several, the first that is there and can be used."""
    from_setting: Name | None = None
    """A setting whose choice names the value of the employee that is sent."""
    setting: Name | None = None
    """A setting whose value is sent."""
    value: Scalar | None = None
    """What is always sent."""
    map: dict[str, Scalar] | None = None
    """The values as the employee has them, and what is sent for each; capitals do not matter."""
    reads: dict[str, Scalar] | None = None
    """Other spellings in which the target shows a value, and what each is the same as."""
    when: Condition | None = None
    required: bool = False
    """A new employee must have it: without it nobody is written."""
    sensitive: bool = False
    """It is masked wherever it is shown."""
    max_length: int | None = Field(None, gt=0)
    identity: Identity | None = None
    """What it tells about who somebody is; employees are matched by such fields only."""
    concern: Concern | None = None
    """What it is about, where a wrong value would misdirect money or tax; a run that changes many of these is held back."""
    only_on_create: bool = False
    """It is given to new employees; afterwards the target owns it."""
    blank: Literal["keep", "clear"] = "keep"
    """What happens to it when the HR system has nothing there."""
    blank_when_absent: bool = False
    """When an answer leaves it out it is blank; otherwise nothing is known of it then."""
    bad: UserMessage | None = None
    """What is said when the HR system has something there that cannot be used; by default it is left out silently."""
    masked: UserMessage | None = None
    """What is said when the HR system shows it masked, as in ###-###-123; by default as for `bad`."""

    @property
    def filled(self) -> bool:
        """Say whether it is ever sent, as far as the file says."""
        return any(way is not None for way in (self.origin, self.from_setting, self.setting, self.value))


class Collection(DescriptionPart):
    """Several of one thing, such as bank accounts, in fields with numbered origins (`bank_accounts.0.number`)."""

    of: Literal["bank_accounts", "super_funds"]
    field: JsonPath = Field(examples=["bankAccountNumber"])
    """The field of the target that a remark about too many is about."""
    most: int = Field(ge=1, examples=[3])
    """How many the target takes."""
    more: UserMessage
    """What is said of an employee with more."""
    rest: Literal["keep", "clear"] = "keep"
    """`clear`: what the target holds beyond those the employee has is taken away; with none at all nothing is touched."""


class FieldGroup(DescriptionPart):
    """Fields that mean something only together, such as the two halves of an account's number: all of them are sent, or none."""

    fields: tuple[JsonPath, ...] = Field(min_length=2)
    also: tuple[JsonPath, ...] = ()
    """What is left out with them, and may be blank otherwise."""
    otherwise: UserMessage
    """What is said where some are there and others are not, unless it has been said with the same code."""


class EmploymentEnd(DescriptionPart):
    """What happens when the HR system has ended an employment."""

    field: JsonPath | None = None
    """The date that ends it at the target, sent only then. Where somebody comes back it is blanked; when it is never filled, a
    warning asks for that."""
    warning: UserMessage | None = None
    """What is said of those whose employment has ended and whose date is not sent."""


class TargetRole(DescriptionPart):
    """The system as a target."""

    external_id: JsonPath | None = None
    """The field that holds the id we choose or store."""
    external_id_chosen_by_us: bool = False
    """It is the system's own id."""
    clear_with: Scalar | None = None
    """What is sent to blank a field; by default null."""
    fields: tuple[TargetField, ...] = Field(min_length=1)
    collections: tuple[Collection, ...] = ()
    together: tuple[FieldGroup, ...] = ()
    ended: EmploymentEnd = EmploymentEnd()


class SourceValue(DescriptionPart):
    """One value of an employee, where it takes more than its place."""

    at: JsonPath = Field(examples=["dateOfBirth"])
    map: dict[str, Scalar] | None = None


SourceItemValue = Annotated[
    Annotated[JsonPath, Tag(TEXT)] | Annotated[SourceValue, Tag("SourceValue")], Discriminator(_shape)
]


class SourceItems(DescriptionPart):
    """Several of one thing: an array in the system's employee."""

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
    """Where a listed employee holds the moment or number of its last change."""
    details: bool = False
    """The list is a summary: each new or changed employee is read alone as well."""
    required: tuple[str, ...] = ("surname",)
    """Without these an employee counts as unreadable."""
    employee: dict[str, SourceEntry] = Field(min_length=1)
    """The values of an employee in iHUB's words, and where each stands in the system's employee."""

"""A described system as a source and as a target: where each value comes from and where it goes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, Tag, model_validator

from connectors.contract.employee import BankAccount, EmergencyContact, LeaveBalance, SuperFund
from connectors.rest.description.base import (
    DescriptionPart,
    Factor,
    JsonPath,
    Name,
    ResponseValue,
    Scalar,
    UserMessage,
)
from connectors.rest.description.choice_list import ChoiceList, SourceBranches
from connectors.rest.description.custom_field import CustomField
from connectors.rest.description.target_field import TargetField

# The lists of an employee, and the type of their items.
ITEM_TYPES = {
    "bank_accounts": BankAccount,
    "super_funds": SuperFund,
    "emergency_contacts": EmergencyContact,
    "leave_balances": LeaveBalance,
}
# A group or item without any of these values counts as absent.
IDENTIFYING = {
    "bank_accounts": frozenset({"number"}),
    "super_funds": frozenset({"name", "usi"}),
    "emergency_contacts": frozenset({"name", "phone", "mobile"}),
    "leave_balances": frozenset({"balance"}),
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


class Collection(DescriptionPart):
    """Several items of one kind, such as bank accounts, in fields with numbered origins (`bank_accounts.0.number`)."""

    of: Literal["bank_accounts", "super_funds", "emergency_contacts", "leave_balances"]
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
    reopens: bool = True
    """`false`: the system does not take an end back. A warning asks a person to do that there."""
    needs: tuple[JsonPath, ...] = Field((), examples=[["terminationReason"]])
    """Fields without which the date is not sent, such as the reason; they are only sent with it."""
    otherwise: UserMessage | None = None
    """The message when one of `needs` has no value."""

    @property
    def only_leavers(self) -> frozenset[str | None]:
        """Return the fields that are sent of those alone whose employment has ended."""
        return frozenset((self.field, *self.needs))

    @model_validator(mode="after")
    def _check(self) -> EmploymentEnd:
        if bool(self.needs) is (self.otherwise is None) or (self.needs and self.field is None):
            raise ValueError(
                "write `needs` with `field`, and with `otherwise`: the message when one is missing"
            )
        return self


class TargetRole(DescriptionPart):
    """The system as a target."""

    external_id: JsonPath | None = None
    """The field with the id that we choose or store."""
    external_id_chosen_by_us: bool = False
    """It is the system's own id."""
    clear_with: Scalar | None = None
    """The value that clears a field; by default null."""
    clear_dates_with: Scalar | None = None
    """The value that clears a date; by default as for other fields."""
    details: bool = False
    """The list is a summary: each listed employee is also read one by one."""
    write_dates: Literal[
        "%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y%m%d", "%d%m%Y", "/Date()/"
    ] = "%Y-%m-%d"
    """How the fields of the type `date` are sent; dates that are written so are also read. `/Date()/` is the time 0:00
    in UTC in milliseconds."""
    fields: tuple[TargetField, ...] = Field(min_length=1)
    collections: tuple[Collection, ...] = ()
    together: tuple[FieldGroup, ...] = ()
    one_value: tuple[OneValue, ...] = ()
    ended: EmploymentEnd = EmploymentEnd()
    not_listed: ResponseValue | None = Field(None, examples=[{"at": "status", "is": ["Transferred"]}])
    """Listed employees with one of these values are passed over, such as old records of somebody who has a new one."""
    choices: dict[Name, ChoiceList] = Field({})
    """Lists that the target has, by names of their own, for fields whose value is chosen from one."""
    listing: Literal["cheap", "expensive"] = "cheap"
    """`expensive`: its employees are listed only when somebody has to be matched. What was written is compared with
    what was sent before, so that a change made at the target alone is not seen."""


class SourceValue(DescriptionPart):
    """One value of an employee that needs more than a path."""

    at: JsonPath = Field(examples=["dateOfBirth"])
    map: dict[str, Scalar] | None = None
    times: Factor | None = Field(None, examples=[0.01])
    """A number is multiplied by this: 0.01 makes dollars of cents."""


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
    branches: SourceBranches | None = None
    """The list of its branches, so that a scope can include those below another."""
    custom: dict[Name, CustomField] = Field({})
    """What the system has beyond iHUB's fields, by names of its own; targets take it from `custom.` and the name."""

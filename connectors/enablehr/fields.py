"""What enableHR has of its employees, and which of the shared fields it does not have."""

from __future__ import annotations

from connectors.contract.employee import FUND_ACCOUNT
from connectors.contract.fields import FieldType
from connectors.contract.source_fields import STANDARD, SourceField, custom_field, standard_fields

# Its API has none of these (developer.enablehr.com): who needs them fills them by a setting or by a mapping.
NOT_THERE = frozenset(
    {
        "pay_rate",
        "pay_rate_unit",
        "hours_per_week",
        "standard_hours",
        "cost_centre",
        "department",
        "manager",
        "payment_method",
        "termination_reason",
        "work_rights_end",
        "emergency_contacts",
        "leave_balances",
        "super_funds.bsb",
        FUND_ACCOUNT,
    }
)
_READ = frozenset(
    path
    for field in STANDARD
    for path in (f"{field.path}.{entry.path}" for entry in field.entries or (SourceField("", ""),))
)
FIELDS: tuple[SourceField, ...] = (
    *standard_fields({path.rstrip(".") for path in _READ if not {path, path.partition(".")[0]} & NOT_THERE}),
    custom_field("nickname", "Nickname"),
    custom_field("linked_branches", "Linked branches", is_list=True),
    custom_field("leave_loading", "Entitled to leave loading", FieldType.BOOLEAN),
)

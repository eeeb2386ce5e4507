"""Say where a value that cannot be sent has to be corrected, and who does that."""

from __future__ import annotations

from connectors.contract.records import Reason
from connectors.rest.description.system import System
from connectors.rest.description.target_field import TargetField


def setting_title(system: System, field: TargetField) -> str | None:
    """Return what people call the setting that fills a field; None where none does."""
    if field.setting is None:
        return None
    setting = system.description.settings.get(field.setting)
    return field.setting if setting is None else setting.title


def comes_from_hr(field: TargetField) -> bool:
    """Say whether the value of a field is the HR system's; the code of a hook takes it from there too."""
    if field.setting is not None:
        return False
    is_filled = field.filled or field.default is not None
    return not is_filled or field.from_setting is not None or bool(field.all_origins) or _has_template(field)


def _has_template(field: TargetField) -> bool:
    return any(way.template is not None for _, way in field.ways_by_place)


def correct(system: System, field: TargetField, verb: str = "Correct") -> str:
    """Return a sentence about where to correct a value, without its end: *Correct it in the HR system*."""
    title = setting_title(system, field)
    if title is not None:
        return f"{verb} the setting {title} of {system.name} under Connections"
    if comes_from_hr(field):
        return f"{verb} it in the HR system"
    return f"{verb} it in the connection's mapping"


def reason_of(field: TargetField, reason: Reason) -> Reason:
    """Return the reason of a problem with a field: that of the value, unless the value is not the HR system's."""
    return reason if comes_from_hr(field) else Reason.NOT_CONFIGURED

"""Say in words where the value of a target's field comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.contract.source_fields import STANDARD, SourceField, label_of
from connectors.contract.target_fields import FieldSummary
from connectors.mapping.steps import named
from connectors.rest.description.document import Description
from connectors.rest.description.system import origin_path
from connectors.rest.description.target_field import Condition, TargetField


def summarise_fields(description: Description) -> tuple[FieldSummary, ...]:
    """Return the fields of a target, as its file fills them; none where the system is no target."""
    target = description.target
    return tuple(
        FieldSummary(
            field.name,
            field.label,
            field.type,
            field.required,
            field.sensitive,
            field.max_length,
            describe_filling(description, field),
        )
        for field in (target.fields if target else ())
    )


def describe_filling(
    description: Description, field: TargetField, fields: Sequence[SourceField] = STANDARD
) -> str:
    """Return where the value of a field comes from and what is done to it; ``fields`` are those of the source."""
    return "; ".join((_way(description, field, fields), *_shape(field, fields)))


def _way(description: Description, field: TargetField, fields: Sequence[SourceField]) -> str:
    if field.template is not None:
        labels = dict.fromkeys(label_of(path, fields) for path in field.template_places)
        return f"put together from {_join(list(labels), 'and')}"
    if field.value is not None:
        return f"always {_written(field.value)}"
    if field.setting is not None:
        return f"the setting {_setting(description, field.setting)}"
    if field.from_setting is not None:
        choices = description.settings[field.from_setting].choices
        labels_of_choices = _join([label_of(choice, fields) for choice in choices], "or")
        return f"{labels_of_choices}, by the setting {_setting(description, field.from_setting)}"
    return _origins(description, field, fields)


def _origins(description: Description, field: TargetField, fields: Sequence[SourceField]) -> str:
    if field.origins:
        return ", else ".join(label_of(origin_path(origin), fields) for origin in field.origins)
    if description.hook is not None and not _is_only_read(description, field):
        return f"by iHUB's own rules for {description.name}"
    return "never sent, only read"


def _shape(field: TargetField, fields: Sequence[SourceField]) -> Iterator[str]:
    """Yield what is done to a value, and when it is sent."""
    if field.when is not None:
        yield f"only if {_condition(field.when, fields)}"
    if field.steps is not None:
        yield f"with {_join([name.replace('_', ' ') for name, _ in named(field.steps)], 'and')}"
    if field.map is not None:
        yield f"by a value map of {len(field.map)}"
    if field.default is not None:
        yield f"if blank {_written(field.default)}"
    if field.blank == "clear":
        yield "cleared if blank"
    if field.only_on_create:
        yield "for new employees only"


def _condition(condition: Condition, fields: Sequence[SourceField]) -> str:
    label = label_of(condition.at, fields)
    if condition.there is not None:
        return f"{label} is {'there' if condition.there else 'blank'}"
    words = condition.equals if condition.equals is not None else condition.differs or ()
    negation = "" if condition.equals is not None else "not "
    return f"{label} is {negation}{_join([_written(word) for word in words], 'or')}"


def _is_only_read(description: Description, field: TargetField) -> bool:
    return description.target is not None and description.target.ended.field == field.name


def _setting(description: Description, name: str) -> str:
    return description.settings[name].title if name in description.settings else name


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "blank"


def _join(words: Sequence[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"

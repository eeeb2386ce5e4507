"""Say in sentences what is wrong with a description, and what to write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from connectors.rest.checks.yaml_lines import Finding, Location, LocationKey, YamlDocument
from connectors.rest.description.document import Description


def describe_errors(marked: YamlDocument, error: ValidationError) -> list[Finding]:
    """Return the faults of a file in the order of their lines; of one place the first."""
    found: dict[Location, Finding] = {}
    for each in error.errors(include_url=False, include_context=True):
        steps, models = _way(marked.content, each["loc"])
        found.setdefault(steps, Finding(marked.line(steps), _sentence(each, steps, models)))
    return sorted(found.values(), key=lambda fault: fault.line)


def _way(content: Any, loc: Sequence[LocationKey]) -> tuple[Location, Sequence[type[BaseModel]]]:
    """Return the steps of an error in the file: without the names that pydantic gives to the choices of a union."""
    steps: list[LocationKey] = []
    models: list[type[BaseModel]] = [Description]
    here = content
    for index, step in enumerate(loc):
        last = index == len(loc) - 1
        if _leads(here, step) or (last and _named(models, step)):
            models = [found for model in models for found in _models(model, step)] or (
                [] if _named(models, step) else models
            )
            steps.append(step)
            here = here[step] if _leads(here, step) else None
        elif isinstance(here, Mapping):
            chosen = [model for model in models if model.__name__ == step or _kind(model) == step]
            models = chosen or models
    return tuple(steps), models


def _leads(here: Any, step: LocationKey) -> bool:
    if isinstance(here, Mapping):
        return step in here
    return isinstance(here, list) and isinstance(step, int) and step < len(here)


def _named(models: Sequence[type[BaseModel]], step: LocationKey) -> bool:
    return any(_field(model, step) for model in models)


def _field(model: type[BaseModel], step: LocationKey) -> FieldInfo | None:
    fields = model.model_fields.items()
    return next((field for name, field in fields if (field.alias or name) == step), None)


def _models(model: type[BaseModel], step: LocationKey) -> list[type[BaseModel]]:
    field = _field(model, step)
    return list(_inside(field.annotation)) if field else []


def _inside(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        if part is not None:
            yield from _inside(part)


def _kind(model: type[BaseModel]) -> str | None:
    field = model.model_fields.get("kind")
    values = get_args(field.annotation) if field else ()
    return str(values[0]) if values else None


def _sentence(error: Mapping[str, Any], steps: Location, models: Sequence[type[BaseModel]]) -> str:
    name = str(steps[-1]) if steps else str(error["loc"][-1])
    kind: str = error["type"]
    if kind == "missing":
        return f"`{name}` is missing{_inside_of(steps)}. {_example(steps, name)}"
    if kind == "extra_forbidden":
        return _unknown(name, models)
    if kind == "union_tag_invalid" and not (error.get("ctx") or {}).get("discriminator", "").startswith(
        "'kind'"
    ):
        return f"`{name}` has another form than is known here. docs/add-a-connector.md shows the forms."
    if kind.startswith("union_tag"):
        what = (
            f"`kind` is missing in `{name}`"
            if kind.endswith("not_found")
            else f"The `kind` of `{name}` cannot be used"
        )
        return f"{what}. Write one of: {_choices(models)}."
    return f"`{name}` " + (_SHAPES.get(kind) or f"cannot be used: {_reason(error)}.")


_NAMES = "has to hold names with values, each on an indented line of its own."
_LIST = "has to be a list: one entry a line, each after a dash, or in [ ]."
_SHAPES = {
    "string_type": "has to be a text. Write it in quotes.",
    "model_type": _NAMES,
    "model_attributes_type": _NAMES,
    "dict_type": _NAMES,
    "tuple_type": _LIST,
    "list_type": _LIST,
}


def _inside_of(steps: Location) -> str:
    around = [str(step) for step in steps[:-1] if isinstance(step, str)]
    return f" in `{around[-1]}`" if around else ""


def _example(steps: Location, name: str) -> str:
    field = next(iter(_fields_at(steps)), None)
    example = field.examples[0] if field and field.examples else None
    if isinstance(example, list):
        example = f"[{', '.join(map(str, example))}]"
    if example is None:
        return f"Write `{name}:` and what belongs to it."
    return f"Write for example `{name}: {example}`."


def _fields_at(steps: Location) -> Iterator[FieldInfo]:
    models: list[type[BaseModel]] = [Description]
    for index, step in enumerate(steps):
        if index == len(steps) - 1:
            yield from (field for model in models if (field := _field(model, step)))
        models = [found for model in models for found in _models(model, step)] or models


def _unknown(name: str, models: Sequence[type[BaseModel]]) -> str:
    known = sorted({field.alias or key for model in models for key, field in model.model_fields.items()})
    close = get_close_matches(name, known, 1)
    if close:
        return f"`{name}` is not known here. Did you mean `{close[0]}`?"
    return f"`{name}` is not known here. Known are: {', '.join(known)}."


def _choices(models: Sequence[type[BaseModel]]) -> str:
    return ", ".join(kind for model in models if (kind := _kind(model)))


def _reason(error: Mapping[str, Any]) -> str:
    context = error.get("ctx") or {}
    if error["type"] == "string_pattern_mismatch":
        return _pattern(str(context["pattern"]))
    if error["type"] in {"literal_error", "enum"}:
        return f"write one of {context['expected']}".replace("'", "`")
    words = str(error["msg"]).removeprefix("Value error, ")
    return words[:1].lower() + words[1:].rstrip(".")


_PATTERNS = {
    r"^/": "it begins with a slash and has neither spaces nor ? nor #; write a query under `query`",
    r"^[a-z][a-z0-9_]": "it is written in small letters, digits and _, and begins with a letter",
    r"^[^\s.]": "it is a place: names with dots between them, such as `address.city`",
    r"^[A-Z]": "it is written in capitals, digits and _",
    r"\.$": "it is a sentence and ends with a full stop",
}


def _pattern(pattern: str) -> str:
    if pattern.startswith("^(") and pattern.endswith(")$"):
        return "write one of " + ", ".join(f"`{one}`" for one in pattern[2:-2].split("|"))
    return next(said for begin, said in _PATTERNS.items() if pattern.startswith(begin))

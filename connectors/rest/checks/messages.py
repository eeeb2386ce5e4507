"""Turn pydantic's errors about a description into sentences: what is wrong, and what to write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from connectors.contract.employee import Employee
from connectors.rest.checks.yaml_lines import Finding, Location, LocationKey, YamlDocument
from connectors.rest.description.document import Description
from connectors.rest.description.roles import SourceRole

Models = Sequence[type[BaseModel]]


def describe_errors(
    document: YamlDocument, error: ValidationError, root: type[BaseModel] = Description
) -> list[Finding]:
    """Return one finding for each part of the file that is wrong, in the order of the lines.

    ``root`` is the model of the whole file.
    """
    findings: dict[Location, Finding] = {}
    errors = error.errors(include_url=False, include_context=True)
    for each in errors:
        if each["type"] == "too_short" and any(_is_inside(other["loc"], each["loc"]) for other in errors):
            continue  # the entries that are missing are those that cannot be used
        location, models = _locate(document.content, each["loc"], root)
        sentence = _sentence(each, location, models, root)
        findings.setdefault(location, Finding(document.line(location), sentence))
    return sorted(findings.values(), key=lambda finding: finding.line)


def _is_inside(loc: Sequence[LocationKey], outer: Sequence[LocationKey]) -> bool:
    return len(loc) > len(outer) and tuple(loc[: len(outer)]) == tuple(outer)


def _locate(content: Any, loc: Sequence[LocationKey], root: type[BaseModel]) -> tuple[Location, Models]:
    """Return where an error is in the file, and the models that are possible there.

    Pydantic's `loc` also holds the names of the chosen members of unions; they are not in the file.
    """
    location: list[LocationKey] = []
    models: Models = [root]
    inner = content
    for index, key in enumerate(loc):
        is_last = index == len(loc) - 1
        if _contains(inner, key) or (is_last and _is_field(models, key)):
            models = [inner_model for model in models for inner_model in _models_of(model, key)] or (
                [] if _is_field(models, key) else models
            )
            location.append(key)
            inner = inner[key] if _contains(inner, key) else None
        elif isinstance(inner, Mapping):
            chosen = [model for model in models if model.__name__ == key or _kind(model) == key]
            models = chosen or models
    return tuple(location), models


def _contains(content: Any, key: LocationKey) -> bool:
    if isinstance(content, Mapping):
        return key in content
    return isinstance(content, list) and isinstance(key, int) and key < len(content)


def _is_field(models: Models, key: LocationKey) -> bool:
    return any(_field(model, key) for model in models)


def _field(model: type[BaseModel], key: LocationKey) -> FieldInfo | None:
    fields = model.model_fields.items()
    return next((field for name, field in fields if (field.alias or name) == key), None)


def _models_of(model: type[BaseModel], key: LocationKey) -> list[type[BaseModel]]:
    field = _field(model, key)
    return list(_models_in(field.annotation)) if field else []


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        if argument is not None:
            yield from _models_in(argument)


def _kind(model: type[BaseModel]) -> str | None:
    field = model.model_fields.get("kind")
    values = get_args(field.annotation) if field else ()
    return str(values[0]) if values else None


def _sentence(error: Mapping[str, Any], location: Location, models: Models, root: type[BaseModel]) -> str:
    kind: str = error["type"]
    name = str(location[-1]) if location else str(error["loc"][-1])
    if kind == "value_error":
        name = next((key for key in reversed(location) if isinstance(key, str)), name)
    if kind == "missing":
        return f"`{name}` is missing{_parent(location)}. {_example(location, name, root)}"
    if kind == "extra_forbidden":
        return _unknown(name, models)
    if kind == "union_tag_not_found":
        return f"`kind` is missing in `{name}`. Write one of: {_choices(models)}."
    if kind == "union_tag_invalid":
        if str((error.get("ctx") or {}).get("discriminator")).startswith("'kind'"):
            return f"The `kind` of `{name}` cannot be used. Write one of: {_choices(models)}."
        where = "docs/add-a-system.md shows" if root is Description else "An exported mapping shows"
        return f"`{name}` does not have a known form. {where} the forms."
    count = _count(error["ctx"]) if kind in {"too_long", "too_short"} else None
    return f"`{name}` " + (_SHAPES.get(kind) or count or f"cannot be used: {_reason(error)}.")


def _count(context: Mapping[str, Any]) -> str:
    if "max_length" in context:
        return f"has {context['actual_length']} entries. At most {context['max_length']} are allowed."
    return f"needs at least {context['min_length']} entry."


_NAMES = "has to hold names with values, each on an indented line of its own."
_LIST = "has to be a list: one entry per line, each after a dash, or in [ ]."
_SHAPES = {
    "string_type": "has to be a text. Write it in quotes.",
    "model_type": _NAMES,
    "model_attributes_type": _NAMES,
    "dict_type": _NAMES,
    "tuple_type": _LIST,
    "list_type": _LIST,
}


def _parent(location: Location) -> str:
    names = [str(key) for key in location[:-1] if isinstance(key, str)]
    return f" in `{names[-1]}`" if names else ""


def _example(location: Location, name: str, root: type[BaseModel]) -> str:
    field = next(iter(_fields_at(location, root)), None)
    example = field.examples[0] if field and field.examples else None
    if isinstance(example, list):
        example = f"[{', '.join(map(str, example))}]"
    if example is None:
        return f"Write `{name}:` and its value."
    return f"Write for example `{name}: {example}`."


def _fields_at(location: Location, root: type[BaseModel]) -> Iterator[FieldInfo]:
    models: Models = [root]
    for index, key in enumerate(location):
        if index == len(location) - 1:
            yield from (field for model in models if (field := _field(model, key)))
        models = [inner_model for model in models for inner_model in _models_of(model, key)] or models


def _unknown(name: str, models: Models) -> str:
    if SourceRole in models and name in Employee.__dataclass_fields__:
        return f"`{name}` is a value of an employee. Write it under `employee`."
    known = sorted({field.alias or key for model in models for key, field in model.model_fields.items()})
    close = get_close_matches(name, known, 1)
    if close:
        return f"`{name}` is not known here. Did you mean `{close[0]}`?"
    return f"`{name}` is not known here. The known names are: {', '.join(known)}."


def _choices(models: Models) -> str:
    return ", ".join(kind for model in models if (kind := _kind(model)))


def _reason(error: Mapping[str, Any]) -> str:
    context = error.get("ctx") or {}
    if error["type"] == "string_pattern_mismatch":
        return _pattern(str(context["pattern"]))
    if error["type"] in {"literal_error", "enum"}:
        return f"write one of {context['expected']}".replace("'", "`")
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:].rstrip(".")


_PATTERNS = {
    r"^/": "a path begins with a slash and has no spaces, ? or #; write a query under `query`",
    r"^[a-z][a-z0-9_]": "it has small letters, digits and _ only, and begins with a letter",
    r"^\w": "it has letters, digits and _ only",
    r"^[^\s.]": "a path into a response is names with dots between them, such as `address.city`",
    r"^[A-Z]": "it has capitals, digits and _ only, and begins with a capital",
    r"\.$": "it is a sentence and ends with a full stop",
}


def _pattern(pattern: str) -> str:
    if pattern.startswith("^(") and pattern.endswith(")$"):
        return "write one of " + ", ".join(f"`{choice}`" for choice in pattern[2:-2].split("|"))
    return next(message for prefix, message in _PATTERNS.items() if pattern.startswith(prefix))

"""The JSON Schema of a description, with the docstrings of its fields.

Pydantic could take the docstrings when it makes the models, but reads the source of each of them for it, in every
process of iHUB that starts: a tenth of the time of its imports.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from connectors.rest.description.document import Description

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def description_schema() -> dict[str, Any]:
    """Return the JSON Schema of the files that describe systems."""
    schema = Description.model_json_schema()
    parts: dict[str, Any] = schema.get("$defs", {}) | {Description.__name__: schema}
    for model in _models(BaseModel):
        part = parts.get(model.__name__, {})
        if part.get("type") == "object":
            _document(model, part.get("properties", {}))
    return {"$schema": DIALECT, **schema}


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for each in model.__subclasses__():
        if each.__module__.startswith("connectors."):
            yield each
        yield from _models(each)


def _document(model: type[BaseModel], properties: dict[str, Any]) -> None:
    docstrings: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if each.__module__.startswith("connectors."):
            docstrings |= _docstrings(each)
    for name, info in model.model_fields.items():
        label = info.alias or name
        if label in properties and info.description is None and name in docstrings:
            described = properties[label] | {"description": docstrings[name]}
            properties[label] = dict(sorted(described.items()))


def _docstrings(model: type) -> dict[str, str]:
    """Return the strings that stand below the fields of a class, by the names of the fields."""
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0].body  # type: ignore[attr-defined]
    return {
        field.target.id: inspect.cleandoc(below.value.value)
        for field, below in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }

"""Descriptions made by chance from the models of a file.

One file, because each part is made to fit the others.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping
from enum import Enum
from random import Random
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from connectors.contract.fields import FieldType
from connectors.contract.records import Reason
from connectors.rest import paths
from connectors.rest.description import roles
from connectors.rest.description.base import UserMessage
from connectors.rest.description.document import Description, Setting
from connectors.rest.description.endpoints import Employees
from connectors.rest.description.roles import SourceRole, TargetRole
from connectors.rest.description.target_field import Origin, TargetField
from connectors.values.normalise import BY_FORMAT

Json = dict[str, Any]
JSON_PATHS = [
    "id",
    "key",
    "number",
    "name.first",
    "name.last",
    "a.b.c",
    "@odata.nextLink",
    "rows.0.x",
    "rows.².x",
    "0",
]
URL_PATHS = ["/people", "/c/people"]
TEXTS = ["Word", "no", "12", "X-Key", "page", "name", "x" * 60]
SENTENCES = ["A sentence.", "Correct it there."]
SCALARS = [0, 7, -1, 1.5, "", "M", "Full Time", "2024-02-30", "Terminated", "0412 345 678"]
STEPS: list[Any] = [
    *(
        "tidy",
        "plain_letters",
        {"case": "upper"},
        {"name_case": {"of": "surname"}},
        {"keep": {"only": "digits"}},
    ),
    *({"replace": [{"find": "a", "with": "bb"}]}, {"part": {"by": "-", "take": 1}}, {"cut": {"first": 3}}),
    *({"zeros": {"to": 5}}, {"lines": {"width": 30, "take": 1}}, {"name_part": {"part": "given"}}),
    *({"phone": {"as": "e164"}}, {"place": {"of": "country", "as": "code"}}),
]
TEMPLATE_PLACES = re.compile(r"\{([a-z0-9_.]+)\}")
# By the beginning of a text's pattern.
BY_PATTERN = {
    r"^/": URL_PATHS,
    r"^[a-z]": ["made", "company", "rate", "kind_2"],
    r"^[^\s.]": JSON_PATHS,
    r"^[A-Z]": ["ODD_VALUE", *Reason],
    r"\.$": SENTENCES,
    "^(filter": ["filter", "error"],
    "^(state": list(BY_FORMAT),
}

FITTING: Json = {
    "date": "2024-07-01",
    "number": 12,
    "boolean": True,
    "email": "ann@example.com",
    "phone": "0412 345 678",
}


def _fit(made: Any) -> None:
    """Take from a made file what only fits together by design: JSON of a GET, values that nobody enters."""
    if isinstance(made, list):
        for inner in made:
            _fit(inner)
    if not isinstance(made, dict):
        return
    if "json" in made:
        made |= {"json": {"of": ["x", 1, {"deep": True}]}, "method": "POST"}
    if "done" in made and "failed" in made:
        made["seconds"] = 1
    if "token_path" in made and made["kind"] != "oauth2":
        made |= {"token_path": "/token", "fields": {"of": 1}, "prefix": "Token "}
    if made.get("kind") == "token_request":
        made |= {"entered": {"key": {"title": "Key"}}, "fields": {"k": "{key}"}}
        made.pop("basic", None)
    for inner in made.values():
        _fit(inner)


def _grouped(target: Json) -> set[str]:
    """Return the fields of a target that other parts of the file name."""
    groups = [*target.get("together", ()), *target.get("one_value", ())]
    named = {name for group in groups for name in (*group["fields"], *group.get("also", ()))}
    named |= {each["field"] for each in target.get("collections", ())}
    return named | {target.get("ended", {}).get("field", "")}


class Maker:
    """Makes one description; each choice is by chance, and most parts fit together."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._settings: list[str] = []
        self._choices: list[str] = []
        self._fields: list[str] = []

    def description(self) -> Json:
        """Return a description as the content of a file."""
        made = self._model(Description)
        made |= {"kind": "made", "url": "https://made.example.com", "requests_per_second": 1000}
        if made.get("employee_page"):
            made["employee_page"] = "https://made.example.com/people/{id}"
        made.pop("hook", None)
        if "closed_hours" in made:
            made["closed_hours"] = self._random.choice(
                ["22:00-06:00", "mon-fri 08:00-09:30, sun 01:00-02:00"]
            )
        if "url" in made["authorisation"]:
            made["authorisation"]["url"] = "https://login.example.com"
        if "token_url" in made["authorisation"]:
            made["authorisation"]["token_url"] = "https://tokens.example.com"
        made["headers"] = {"X-Of": "a {company}"} if "company" in self._settings else {}
        made.pop("time_zone", None)
        made.get("limits", {}).pop("per_minute", None)
        _fit(made)
        self._act(made)
        self._split(made)
        if "external_id" not in made.get("target", {}):
            made["employees"].pop("by_external_id", None)
        if not {"source", "target"} & made.keys():
            made["source"] = self._source()
        return made

    def _act(self, made: Json) -> None:
        """Let actions be about fields that there are."""
        fields = [
            field["name"] for field in made.get("target", {}).get("fields", []) if "required" not in field
        ]
        for action in made["employees"].get("actions", []):
            action |= {"field": fields[0] if fields else "", "path": "/people/{id}/end"}
            action["also"] = [name for name in fields[1:2] if "." not in name]
        if not fields or "update_many" in made["employees"]:
            made["employees"].pop("actions", None)

    def _split(self, made: Json) -> None:
        """Let parts be about fields that there are, each in one part and none that identifies an employee."""
        target = made.get("target", {})
        free = [field["name"] for field in target.get("fields", []) if "." not in field["name"]]
        free = [name for name in free if name not in (target.get("external_id"), *_grouped(target))]
        parts = made["employees"].pop("parts", [])[: max(0, len(free) - 1)]
        for number, part in enumerate(parts):
            part |= {"path": f"/people/{{id}}/part{number}", "fields": [free[number + 1]]}
            part.pop("strip", None)
        if parts and "update_many" not in made["employees"]:
            made["employees"]["parts"] = parts

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _model(self, model: type[BaseModel]) -> Json:
        if (special := self._specials.get(model)) is not None:
            return special()
        return self._plain(model)

    def _plain(self, model: type[BaseModel], *without: str) -> Json:
        share = 0.3 + self._random.random() * 0.4
        return {
            info.alias or name: self._value(info.annotation, info)
            for name, info in model.model_fields.items()
            if name not in without and (info.is_required() or self._chance(share))
        }

    @property
    def _specials(self) -> Mapping[type[BaseModel], Callable[[], Json]]:
        return {
            Description: self._document,
            Setting: self._setting,
            Employees: self._employees,
            TargetRole: self._target,
            TargetField: self._field,
            SourceRole: self._source,
            UserMessage: lambda: {"code": self._random.choice(list(Reason)).value, "message": "A sentence."},
        }

    def _document(self) -> Json:
        settings = (
            self._value(Description.model_fields["settings"].annotation, None) if self._chance(0.7) else {}
        )
        self._settings = list(settings)
        self._choices = [name for name, setting in settings.items() if "choices" in setting]
        made = self._plain(Description, "settings", "dates")
        return made | {"settings": settings, "dates": self._random.sample(["%m/%d/%Y", "%d", "%q", "x"], 1)}

    def _setting(self) -> Json:
        made: Json = {"title": "Title", "description": "A sentence."}
        kind = self._random.choice(["text", "number", "yes or no", "choices"])
        if kind == "choices":
            choices = self._random.sample(paths.employee_paths(), 3)
            return made | {"choices": choices, "default": choices[0]}
        defaults = {"text": "h", "number": self._random.choice([1, 2.5]), "yes or no": True}
        return made | {"type": kind, "default": defaults[kind], "required": self._chance(0.3)}

    def _employees(self) -> Json:
        made = self._plain(Employees)
        for name in ("get", "create", "update"):
            made.setdefault(name, self._value(Employees.model_fields[name].annotation, None))
        for name, place in (("get", "{id}"), ("update", "{id}"), ("by_external_id", "{external_id}")):
            if name in made:
                setting = f"/{{{self._random.choice(self._settings)}}}" if self._settings else ""
                made[name]["path"] = f"/people{setting}/{place}"
        if "by_external_id" in made and self._chance(0.5):
            made["by_external_id"] |= {"path": "/people", "query": {"of": "{external_id}"}}
        return made

    def _field(self) -> Json:
        made = self._plain(
            TargetField,
            *("origin", "setting", "from_setting", "value", "name", "format", "type"),
            *("template", "steps", "default", "unmapped", "cases", "otherwise_filled", "choice"),
            *("send", "when", "otherwise", "default_only_on_create", "owner", "also_when_blank", "choices"),
            *("sent_at", "shown_at"),
        )
        if self._chance(0.4):
            made["when"] = self._condition()
        place = self._random.choice(["", "", "group.", "deep.er."])
        made["name"] = f"{place}f{len(self._fields)}"
        self._fields.append(made["name"])
        if self._chance(0.1):
            setting = f"{{{self._random.choice(self._settings)}}}" if self._settings else ""
            made["shown_at"] = f"attributes.f{len(self._fields)}{setting}.value"
        kind = self._random.choice([*FieldType])
        made["type"] = kind.value
        if kind != "text":
            made.pop("exact", None)
        if kind in {"text", "number"} and self._chance(0.4):
            made["format"] = self._random.choice([name for name in BY_FORMAT if name != "e164"])
        elif kind == "phone" and self._chance(0.5):
            made["format"] = "e164"
        ways: list[str] = ["from", "from", "from", "value", "template"]
        ways += ["setting"] if self._settings else []
        ways += ["from_setting"] if self._choices else []
        way = self._random.choice(ways)
        annotations = {"from": "origin", "value": "value"}
        if way in annotations:
            made[way] = self._value(
                TargetField.model_fields[annotations[way]].annotation, None, employee=True
            )
        elif way == "template":
            first, second = self._text_path(), self._text_path()
            made["template"] = f"{{{first}}}[ ({{{second}}})]"
        else:
            made[way] = self._random.choice(self._settings if way == "setting" else self._choices)
        self._shape(made, way)
        return made

    def _text_path(self) -> str:
        return self._random.choice([path for path in paths.employee_paths() if "remainder" not in path])

    def _shape(self, made: Json, way: str) -> None:
        """Add steps and the like to a field, and keep sensitive values to what is accepted."""
        if way != "value" and self._chance(0.4):
            made["steps"] = self._random.sample(STEPS, self._random.randint(1, 4))
        if "map" in made and self._chance(0.5):
            made["unmapped"] = self._random.choice(["problem", "keep"])
        if way != "value" and made["type"] == "text" and "format" not in made and self._chance(0.2):
            made |= {"default": "D", "blank": "keep"}
        origins = made.get("from", [])
        origins = [origins] if isinstance(origins, str) else origins
        for table in [made.get("map"), *(each["map"] for each in origins if isinstance(each, dict))]:
            if made["type"] in FITTING and self._chance(0.8):  # most maps give what the field can take
                (table or {}).update(dict.fromkeys(table or {}, FITTING[made["type"]]))
        used = [each if isinstance(each, str) else each["at"] for each in origins]
        used += TEMPLATE_PLACES.findall(made.get("template", "")) + self._choices_of(made)
        if any(map(paths.is_sensitive, used)):
            made["sensitive"] = True
            made.pop("map", None)
            made.pop("unmapped", None)
            if origins:
                made["from"] = used

    def _choices_of(self, made: Json) -> list[str]:
        return paths.employee_paths() if "from_setting" in made else []

    def _condition(self) -> Json:
        path = self._employee_path()
        if paths.is_sensitive(path) or paths.employee_value_type(path) not in {str, None}:
            return {"at": path, self._random.choice(["there", "empty"]): self._chance(0.5)}
        made: Json = {"at": path}
        if self._chance(0.3):
            made["format"] = self._random.choice(list(BY_FORMAT))
        way = self._random.choice(["is", "is_not", "there"])
        made |= {way: self._chance(0.5) if way == "there" else self._random.sample(["M", "AU", "7"], 2)}
        return self._random.choice([made, {"not": made}, {"any": [made, {"branch": "12"}]}])

    def _target(self) -> Json:
        fields = [self._field() for _ in range(self._random.randint(1, 12))]
        made = self._plain(TargetRole, "fields", "external_id", "external_id_chosen_by_us") | {
            "fields": fields
        }
        texts = [field["name"] for field in fields if field["type"] in {"text", "email"}]
        dates = [field["name"] for field in fields if field["type"] == "date"]
        if texts and self._chance(0.5):
            made["external_id"] = self._random.choice(texts)
        ended = made.get("ended", {})
        ended.pop("field", None)
        if dates and ended:
            ended["field"] = self._random.choice(dates)
        names = [field["name"] for field in fields]
        for group in (*made.get("together", ()), *made.get("one_value", ())):
            group["fields"] = [self._random.choice(names) for _ in range(2)]
            if "also" in group:
                group["also"] = [self._random.choice(names)]
        for collection in made.get("collections", ()):
            collection["field"] = self._random.choice(names)
        together = {
            name
            for group in (*made.get("together", ()), *made.get("one_value", ()))
            for name in group["fields"]
        }
        for field in fields:
            if field["name"] in together:
                field.pop("only_on_create", None)
            elif self._chance(0.3):
                field.update(self._owner(field, made))
            if "setting" in field and "choices" in made and self._chance(0.5):
                field["choices"] = self._random.choice(list(made["choices"]))
        return made

    def _owner(self, field: Json, target: Json) -> Json:
        """Return whose value of a field counts, where a file may say so."""
        if field.get("only_on_create"):
            return {"owner": "once"}
        allowed = ["source", "once"]
        if not field.get("required") and field["name"] not in (
            target.get("external_id"),
            target.get("ended", {}).get("field"),
        ):
            allowed.append("target")
        owner = self._random.choice(allowed)
        return {"owner": owner} | ({"also_when_blank": True} if owner == "once" and self._chance(0.5) else {})

    def _source(self) -> Json:
        made = self._plain(SourceRole, "employee", "required", "custom")
        employee: Json = {"surname": self._random.choice(JSON_PATHS)}
        for _ in range(self._random.randint(1, 15)):
            path = self._employee_path(own=True)
            group = path.partition(".")[0]
            if group in roles.ITEM_TYPES and self._chance(0.4):
                inner = [
                    name.rpartition(".")[2] for name in paths.employee_paths() if name.startswith(f"{group}.")
                ]
                values = {name: self._source_value() for name in self._random.sample(inner, 3)}
                values |= dict.fromkeys(roles.IDENTIFYING[group], "n")
                employee = {name: each for name, each in employee.items() if not name.startswith(f"{group}.")}
                employee[group] = {
                    "each": self._random.choice(JSON_PATHS),
                    "values": values | {"name": "n", "number": "n"},
                }
                employee[group]["values"] = {
                    name: each for name, each in employee[group]["values"].items() if name in inner
                }
            elif group not in employee:
                employee[path] = self._source_value()
        for outer in {each.rpartition(".")[0] for each in employee}:
            if needed := roles.IDENTIFYING.get(outer.partition(".")[0]):
                employee.setdefault(f"{outer}.{min(needed)}", "name.first")
        employee.pop("status", None) if isinstance(employee.get("status"), dict) else None
        required = self._random.sample(list(employee), 1) if self._chance(0.3) else ["surname"]
        custom = {f"own_{number}": self._custom() for number in range(self._random.randint(0, 3))}
        return made | {"employee": employee, "required": required, "custom": custom}

    def _custom(self) -> Json:
        made: Json = {"label": "Own", "at": self._random.choice([*JSON_PATHS, "v1", "v2"])}
        made["type"] = self._random.choice(list(FieldType))
        shape = self._random.choice(["one", "list", "entries", "named"])
        if shape in {"list", "entries"}:
            made["list"] = True
        if shape == "entries":
            made["values"] = {"code": "code", "amount": {"at": "amount", "type": "number"}}
        elif shape == "named":
            made |= {"where": {"key": "a"}, "value": self._random.choice(JSON_PATHS)}
        return made | ({"blank_when_absent": True} if self._chance(0.3) else {})

    def _source_value(self) -> Any:
        at = self._random.choice([*JSON_PATHS, *(f"v{number}" for number in range(20))])
        if self._chance(0.3):
            return {"at": at, "map": {"Jo": self._random.choice(["x", "1980-02-01", "12", ""]), "1": "y"}}
        return at

    def _employee_path(self, *, own: bool = False) -> str:
        path = self._random.choice(paths.employee_paths()[1 if own else 0 :])
        return path.replace(".0.", f".{self._random.choice([0, 0, 1])}.")

    def _value(self, annotation: Any, info: FieldInfo | None, *, employee: bool = False) -> Any:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            return self._annotated(arguments[0], arguments[1:], employee)
        if origin in {Union, types.UnionType}:
            members = [each for each in arguments if each is not type(None)]
            scalar = bool in members  # where a text is meant, true and false are refused
            return (
                self._random.choice(SCALARS)
                if scalar
                else self._value(self._random.choice(members), info, employee=employee)
            )
        if origin is Literal:
            return self._random.choice(arguments)
        if origin in {tuple, dict}:
            return self._several(arguments, employee, is_dict=origin is dict)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            made = self._model(annotation)
            return made | {"at": self._employee_path()} if annotation is Origin else made
        return self._scalar(annotation, info.metadata if info else (), employee)

    def _several(self, arguments: tuple[Any, ...], employee: bool, *, is_dict: bool) -> Any:
        count = self._random.randint(1, 3)
        if is_dict:
            return {self._value(arguments[0], None): self._value(arguments[1], None) for _ in range(count)}
        return [self._value(arguments[0], None, employee=employee) for _ in range(count)]

    def _annotated(self, annotation: Any, metadata: tuple[Any, ...], employee: bool) -> Any:
        if annotation is str:
            return self._scalar(str, metadata, employee)
        return self._value(annotation, None, employee=employee)

    def _scalar(self, annotation: Any, metadata: Any, employee: bool) -> Any:
        if isinstance(annotation, type) and issubclass(annotation, Enum):
            return self._random.choice(list(annotation)).value
        if annotation is bool:
            return self._chance(0.5)
        if annotation in {int, float}:
            return self._random.choice([2, 5])
        if annotation is not str:
            return self._random.choice(SCALARS)
        inner = [part for each in metadata for part in (each, *getattr(each, "metadata", ()))]
        pattern = next((str(each.pattern) for each in inner if getattr(each, "pattern", None)), "")
        if employee and pattern.startswith(r"^[^\s.]"):
            return self._employee_path()
        return self._random.choice(
            next((pool for start, pool in BY_PATTERN.items() if pattern.startswith(start)), TEXTS)
        )

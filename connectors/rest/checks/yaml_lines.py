"""Read a YAML file, and remember the line of each of its parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

# The names and indexes that lead to a part of the file.
LocationKey = str | int
Location = tuple[LocationKey, ...]
# What a check yields: where in the file, and the message.
LocatedMessages = Iterator[tuple[Location, str]]
MAX_CHARACTERS = 1_000_000
# Files are read as YAML 1.1, in which `no` is false. These values are texts all the same, as in most YAML 1.1 readers:
# y, n, and numbers with an exponent that lack a point or the exponent's sign.
_TEXT = re.compile(r"[yYnN]|[-+]?[0-9_]+([eE][-+]?|\.[0-9_]*[eE])[0-9]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong in a file, on which line, and what to write instead."""

    line: int
    message: str


class YamlError(Exception):
    """The file is not YAML, or not YAML as descriptions use it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(slots=True)
class YamlDocument:
    """The content of a file and the lines of its parts."""

    content: Any = None
    lines: dict[Location, int] = field(default_factory=dict)

    def line(self, location: Location) -> int:
        """Return the line of a part, or of the nearest part around it."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)


def read_yaml(text: str) -> YamlDocument:
    """Read a file. Raises YamlError when it cannot be read."""
    if len(text) > MAX_CHARACTERS:
        raise YamlError(Finding(1, "The file is far too long for a description. Is it the right one?"))
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 1)
    document = YamlDocument()
    try:
        _refuse_aliases(yaml, text)
        root = yaml.compose(text)
        if not isinstance(root, MappingNode):
            raise YamlError(Finding(1, "The file has to hold names with values, such as `kind: acme`."))
        document.content = _Reader(yaml, document).value(root, ())
    except MarkedYAMLError as error:
        raise YamlError(_syntax_finding(error)) from None
    except (YAMLError, RecursionError) as error:
        raise YamlError(Finding(1, f"This is not YAML: {str(error).splitlines()[0].rstrip('.')}.")) from None
    return document


def _refuse_aliases(yaml: YAML, text: str) -> None:
    """Raise YamlError at the first alias: the value that an alias stands for has no line of its own."""
    events = yaml.parse(text) if "*" in text else ()
    for event in events:
        if isinstance(event, AliasEvent):
            message = "Anchors and aliases (& and *) are not used here. Write the value again."
            raise YamlError(Finding(event.start_mark.line + 1, message))


class _Reader:
    """Turns YAML nodes into values, and notes the line of each."""

    def __init__(self, yaml: YAML, document: YamlDocument) -> None:
        self._yaml, self._lines = yaml, document.lines

    def value(self, node: Node, location: Location) -> Any:
        self._lines.setdefault(location, _line(node))
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        if isinstance(node, MappingNode):
            return self._mapping(node, location)
        return [self.value(entry, (*location, index)) for index, entry in enumerate(node.value)]

    def _mapping(self, node: MappingNode, location: Location) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise YamlError(Finding(_line(key), "A name has to be a plain word."))
            name = str(key.value)  # as written: YAML would read no, on and 1 as other values
            if name in values:
                first = self._lines[*location, name]
                message = f"`{name}` appears twice; the first is on line {first}. Keep one of them."
                raise YamlError(Finding(_line(key), message))
            self._lines[*location, name] = _line(key)
            values[name] = self.value(value, (*location, name))
        return values

    def _scalar(self, node: ScalarNode) -> Any:
        if node.style is None and _TEXT.fullmatch(node.value):
            return node.value
        try:
            value = self._yaml.constructor.construct_object(node)
        except ValueError:
            raise YamlError(Finding(_line(node), "This value cannot be read. Write it in quotes.")) from None
        if isinstance(value, int | float) and not isinstance(value, bool) and str(value) != node.value:
            message = f"YAML reads `{node.value}` as {value}. Write it in quotes, or write {value} if you mean that."
            raise YamlError(Finding(_line(node), message))
        return value


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _syntax_finding(error: MarkedYAMLError) -> Finding:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    if "found character '\\t'" in str(error.problem):
        return Finding(line, "There is a tab at the beginning. Indent with spaces.")
    what = ", ".join(part for part in (error.context, error.problem) if part)
    advice = "Check the indentation, the colons and the quotes here and on the line above."
    return Finding(line, f"This is not YAML: {what}. {advice}")

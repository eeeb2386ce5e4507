"""Read a YAML file and remember on which line each of its parts stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

LocationKey = str | int
Location = tuple[LocationKey, ...]
MAX_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong in a file, on which line, and what to write instead."""

    line: int
    message: str


class YamlError(Exception):
    """The file is not YAML as it is used here."""

    def __init__(self, fault: Finding) -> None:
        """Keep where it is."""
        super().__init__(fault.message)
        self.fault = fault


@dataclass(slots=True)
class YamlDocument:
    """The content of a file and its lines."""

    content: Any = None
    lines: dict[Location, int] = field(default_factory=dict)

    def line(self, steps: Location) -> int:
        """Return the line of a part, or of the nearest part around it."""
        while steps and steps not in self.lines:
            steps = steps[:-1]
        return self.lines.get(steps, 1)


def read_yaml(text: str) -> YamlDocument:
    """Read a file. Raises MarkedError when it cannot be."""
    if len(text) > MAX_CHARACTERS:
        raise YamlError(Finding(1, "The file is far too long for a description. Is it the right one?"))
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise YamlError(Finding(1, "The file has to hold names with values, such as `kind: acme`."))
        marked = YamlDocument()
        marked.content = _Reader(loader, marked).value(node, ())
    except yaml.MarkedYAMLError as error:
        raise YamlError(_fault(error)) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise YamlError(Finding(1, f"This is not YAML: {str(error).splitlines()[0].rstrip('.')}.")) from None
    return marked


class _Loader(yaml.SafeLoader):
    """The safe loader without aliases: what an alias stands for has no line of its own."""

    def compose_node(self, parent: Any, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
            raise YamlError(Finding(line, "Anchors and aliases (& and *) are not used here. Write it out."))
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


class _Reader:
    """Turns nodes into values."""

    def __init__(self, loader: _Loader, marked: YamlDocument) -> None:
        self._loader, self._marked = loader, marked

    def value(self, node: yaml.Node, steps: Location) -> Any:
        self._marked.lines.setdefault(steps, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, steps)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(entry, (*steps, index)) for index, entry in enumerate(node.value)]
        try:
            value = self._loader.construct_object(node)
        except ValueError:
            raise YamlError(
                Finding(node.start_mark.line + 1, "This value cannot be read. Write it in quotes.")
            ) from None
        if isinstance(value, int | float) and not isinstance(value, bool) and str(value) != node.value:
            said = f"`{node.value}` is {value} to YAML. Write it in quotes, or write {value} where that is meant."
            raise YamlError(Finding(node.start_mark.line + 1, said))
        return value

    def _mapping(self, node: yaml.MappingNode, steps: Location) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise YamlError(Finding(line, "A name has to be a plain word."))
            name = str(key.value)  # as it is written: YAML would read no, on and 1 as something else
            if name in made:
                first = self._marked.line((*steps, name))
                raise YamlError(
                    Finding(
                        line, f"`{name}` stands here a second time; the first is on line {first}. Keep one."
                    )
                )
            self._marked.lines[*steps, name] = line
            made[name] = self.value(value, (*steps, name))
        return made


def _fault(error: yaml.MarkedYAMLError) -> Finding:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    if "found character '\\t'" in str(error.problem):
        return Finding(line, "There is a tab at the beginning. Indent with spaces.")
    what = ", ".join(part for part in (error.context, error.problem) if part)
    return Finding(
        line,
        f"This is not YAML: {what}. Look at the indentation, the colons and the quotes here and one line above.",
    )

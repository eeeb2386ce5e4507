"""What documents name must exist: files, modules, commands, make targets, variables, tables, columns, names in code."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import typer

from core.cli.app import app
from core.models import Base
from core.settings import Settings, variable

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/*.md", "sandbox/README.md")
PACKAGES = ("core", "connectors", "web", "pages", "sandbox", "harness", "bench", "tools", "tests")
SOURCES = (".py", ".yaml", ".toml", ".mjs", ".css")
NOT_OURS = (".git", ".venv", ".ihub", "build", "__pycache__")
FILES = (".py", ".md", ".yaml", ".toml", ".css", ".db", ".json", ".html", ".lock", ".key")
EXAMPLES = ("connectors/example/",)  # the connector that docs/add-a-system.md builds

ELSEWHERE = {"pg_dump", "Referer"}  # a program and a header of others

SPAN = re.compile(r"`([^`\n]+)`")
BLOCK_LINE = re.compile(r"^    \s*(\S.*?)(?:\s+# .*)?$", re.MULTILINE)
PATH = re.compile(r"(?<![\w/.:<>-])((?:[\w.<>-]+/)+(?:[\w.<>-]+)?|[\w-]+\.py)(?:::(\w+))?(?![\w/*:])")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")
DOTTED = re.compile(rf"(?<![\w/.-])((?:{'|'.join(PACKAGES)})(?:\.\w+)+)(?![\w/])")
MAKE = re.compile(r"^make((?: [a-z-]+)+)")
PROGRAM = re.compile(r"python -m ([\w.]+)(.*)")
ENVIRONMENT = re.compile(r"\bIHUB_[A-Z_]*[A-Z]\b")
CLIENT = re.compile(r"IHUB_CLIENT(_[A-Z]+)*")
TABLE = re.compile(r"\b[Tt]able `(\w+)`|`(\w+)` table\b")
COLUMN = re.compile(r"\b[Cc]olumns? `(?:\w+\.)?(\w+)`|`(?:\w+\.)?(\w+)` column\b")
TABLE_AND_COLUMN = re.compile(r"(\w+)\.(\w+)")
CALL = re.compile(r"([A-Za-z_]\w*)\(\)")
CAPITALISED = re.compile(r"[A-Z][A-Za-z]*[a-z][A-Za-z]*")
EVENT_OR_FUNCTION = re.compile(r"[a-z_]+\.([a-z_]+)(?:\(\))?")
IDENTIFIER = re.compile(r"[a-z]+(?:_[a-z0-9]+)+|[A-Z][a-z]+(?:[A-Z][a-z]+)+")

Check = Callable[[Path, Path, str], Iterator[str]]


def missing(root: Path) -> list[str]:
    """Return what documents name and what does not exist, each with its document."""
    documents = chain.from_iterable(sorted(root.glob(name)) for name in DOCUMENTS)
    return sorted(
        {
            f"{document.relative_to(root)}: {name}"
            for document in documents
            for check in CHECKS
            for name in check(root, document, document.read_text())
        }
    )


def code(text: str) -> Iterator[str]:
    """Yield what a document prints as code: in backquotes, or indented by four."""
    yield from SPAN.findall(text)
    yield from BLOCK_LINE.findall(text)


def paths(root: Path, document: Path, text: str) -> Iterator[str]:
    """Yield paths of ours; those below a package may leave out its first folders."""
    for match in chain.from_iterable(map(PATH.finditer, SPAN.findall(text))):
        name, function = match.groups()
        if (not name.endswith(".py") and name.split("/")[0] not in PACKAGES) or name.startswith(EXAMPLES):
            continue
        found = _files(root, name)
        if not found or (function and function not in _functions(found[0])):
            yield match[0]


@cache
def _all_files(root: Path) -> tuple[str, ...]:
    """Return every file and folder, each after a slash."""
    relative = (path.relative_to(root) for path in root.rglob("*"))
    return tuple(f"/{path}" for path in relative if not set(path.parts) & set(NOT_OURS))


@cache
def _files(root: Path, name: str) -> list[Path]:
    pattern = re.compile(re.sub("<[a-z]+>", "[^/]+", re.escape(f"/{name.rstrip('/')}")) + "$")
    return [root / path[1:] for path in _all_files(root) if pattern.search(path)]


@cache
def _functions(path: Path) -> frozenset[str]:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return frozenset(node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kinds))


def links(root: Path, document: Path, text: str) -> Iterator[str]:
    """Yield links to files that are not there."""
    yield from (name for name in LINK.findall(text) if not (document.parent / name).exists())


def dotted_names(root: Path, document: Path, text: str) -> Iterator[str]:
    """Yield dotted names that lead to no module, and to no name in one."""
    for name in chain.from_iterable(map(DOTTED.findall, code(text))):
        if name.endswith((".py", ".md", ".yaml")):
            continue
        parts = name.split(".")
        modules = [parts[:end] for end in range(len(parts), 0, -1)]
        module = next((each for each in modules if _module(root, each) is not None), None)
        path = _module(root, module) if module else None
        rest = parts[len(module) :] if module else parts
        if path is None or any(word not in _words(path) for word in rest):
            yield name


def _module(root: Path, parts: list[str]) -> Path | None:
    folder = root.joinpath(*parts)
    candidates = (folder.with_suffix(".py"), folder / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


@cache
def _words(path: Path) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", path.read_text()))


def make_targets(root: Path, document: Path, text: str) -> Iterator[str]:
    """Yield targets that the Makefile does not have."""
    known = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE))
    for words in chain.from_iterable(map(MAKE.findall, code(text))):
        yield from (f"make {target}" for target in words.split() if target not in known)


def programs(root: Path, document: Path, text: str) -> Iterator[str]:
    """Yield commands and options that a program does not take."""
    for name, rest in chain.from_iterable(map(PROGRAM.findall, code(text))):
        path = _module(root, [*name.split("."), "__main__"]) or _module(root, name.split("."))
        if name == "core":
            yield from _command(rest)
        elif path is not None:  # dotted_names looks for the module itself
            options = re.findall(r"--[a-z-]+", rest)
            yield from (f"python -m {name} {each}" for each in options if f'"{each}"' not in _text(path))


def _command(line: str) -> Iterator[str]:
    """Yield what iHUB's command line does not know of a line."""
    command = _commands()
    words = line.split()
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            option = next((each for each in command.params if word in each.opts), None)
            if option is None:
                yield f"python -m core{line}: {word}"
            elif not option.is_flag and words:
                words.pop(0)
        elif word.startswith(("…", "|", "[")):
            return
        elif hasattr(command, "commands"):
            if word not in command.commands:
                yield f"python -m core{line}: {word}"
                return
            command = command.commands[word]


@cache
def _commands() -> Any:
    return typer.main.get_command(app)


def variables(root: Path, document: Path, text: str) -> Iterator[str]:
    """Yield variables of iHUB that are no setting."""
    known = {variable(name) for name in Settings.model_fields}
    yield from (
        name for name in ENVIRONMENT.findall(text) if name not in known and not CLIENT.fullmatch(name)
    )


def tables_and_columns(root: Path, document: Path, text: str) -> Iterator[str]:
    """Yield tables and columns that the models do not have."""
    tables = {name: set(table.columns.keys()) for name, table in Base.metadata.tables.items()}
    columns = set().union(*tables.values())
    yield from (f"table {name}" for name in _either(TABLE, text) if name not in tables)
    yield from (f"column {name}" for name in _either(COLUMN, text) if name not in columns)
    for span in SPAN.findall(text):
        match = TABLE_AND_COLUMN.fullmatch(span)
        if match and match[1] in tables and match[2] not in tables[match[1]] and not _is_text(root, span):
            yield span


def _either(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    return (first or second for first, second in pattern.findall(text))


def _is_text(root: Path, span: str) -> bool:
    """Say whether a source holds these words as a string: a log event, or a field of a description."""
    return any(f'"{span}"' in _text(path) for path in _sources(root))


@cache
def _sources(root: Path) -> tuple[Path, ...]:
    return tuple(root / name[1:] for name in _all_files(root) if name.endswith(SOURCES))


@cache
def _text(path: Path) -> str:
    return path.read_text()


def identifiers(root: Path, document: Path, text: str) -> Iterator[str]:
    """Yield names of functions, classes and columns that no source has."""
    known = _all_words(root)
    spans = (re.split(r"[(.]", span)[0] for span in SPAN.findall(text))
    yield from (span for span in spans if IDENTIFIER.fullmatch(span) and span not in known | ELSEWHERE)


def calls_and_classes(root: Path, document: Path, text: str) -> Iterator[str]:
    """Yield `word()` and `Word` that no source has."""
    for span in SPAN.findall(text):
        call = CALL.fullmatch(span)
        name = call[1] if call else span
        if (call or CAPITALISED.fullmatch(span)) and name not in _all_words(root) | ELSEWHERE:
            yield span


def events_and_functions(root: Path, document: Path, text: str) -> Iterator[str]:
    """Yield `module.function` and `area.event` of which no source has either the text or the second word."""
    columns = set(chain.from_iterable(table.columns.keys() for table in Base.metadata.tables.values()))
    for span in SPAN.findall(text):
        match = EVENT_OR_FUNCTION.fullmatch(span)
        if match is None or span.endswith(FILES) or match[1] in _all_words(root) | columns:
            continue
        if not any(span in _text(path) for path in _sources(root)):
            yield span


@cache
def _all_words(root: Path) -> frozenset[str]:
    return frozenset(chain.from_iterable(re.findall(r"\w+", _text(path)) for path in _sources(root)))


CHECKS: tuple[Check, ...] = (
    paths,
    links,
    dotted_names,
    make_targets,
    programs,
    variables,
    tables_and_columns,
    identifiers,
    calls_and_classes,
    events_and_functions,
)

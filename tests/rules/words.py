"""What we write in plain English: patterns of the usual slips, and where people read our words."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import yaml

from tools.long_modules import product_modules

DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/*.md",
    "docs/decisions/*.md",
    "sandbox/README.md",
)
DESCRIPTIONS = ("connectors/catalogue/*.yaml",)
# What people read of a description.
SHOWN = {"message", "label", "title", "description"}
COMMENTED = ("Makefile", "*.toml", ".*.yaml", "connectors/catalogue/*.yaml", "requirements*.txt", "Procfile")
# The rule's own files name what they forbid.
OWN = ("words.py", "test_words.py")
VERBS = "is|was|has|had|comes|came|signs|leaves|cannot|can|may|does|did|guesses|asks|holds|begins|begun|knows"


@dataclass(frozen=True)
class Pattern:
    """A slip, what to write in its place, and a sentence with it."""

    slip: str
    instead: str
    example: str


PATTERNS = (
    Pattern(r"\bwho(m|mso)?ever\b", "everyone who, the person who, anyone", "Whoever signs in sees it."),
    Pattern(r"\bwhom\b", "a sentence with who, or the noun", "The people for whom it failed are listed."),
    Pattern(r"\banew\b", "again", "The run starts anew."),
    Pattern(r"\btold\b", "said, shown, reported", "The admin is told."),
    Pattern(r"\b(go|goes|going|went) on\b", "continue, is running", "A run is going on."),
    Pattern(
        r"\blet(s|ting)? (iHUB |it |them |us |him |her |people |somebody |nobody |you )?in(to)?\b",
        "give access, accept the sign-in",
        "The system lets iHUB in.",
    ),
    Pattern(r"\bso (many|much|long)\b", "this number of, that many, as long as", "Wait so many seconds."),
    Pattern(r"\bdear\b", "expensive", "Listing is dear."),
    Pattern(r"\b(write|writes|writing|wrote|written) (it |them )?down\b", "record", "It is written down."),
    Pattern(
        r"\b(a|the|no) double\b(?![- ](quote|click))|\bdouble[sd]\b",
        "duplicate",
        "Remove the double.",
    ),
    Pattern(r"\b(become|becomes|became) of\b", "what happened to, the outcome of", "What became of it."),
    Pattern(r"\bin the midst\b", "in the middle of, during", "It fails in the midst of a run."),
    Pattern(r"\bfor ever\b", "forever, without end", "It waits for ever."),
    Pattern(
        r"\b(give|gives|given|gave) (it |them |their \w+ |its \w+ )?back\b",
        "return, release, revoke",
        "The worker gives it back.",
    ),
    Pattern(
        r"\bwithout (needing )?(a )?word\b|\bat a glance\b", "a plain statement", "It ends without a word."
    ),
    Pattern(r"\bnobody (in particular|at the)\b|\bto nobody\b", "no employee, not", "It belongs to nobody."),
    Pattern(
        rf"(?-i:(?:^|[.!] )Who (?:{VERBS})\b[^?.!]*(?:[.!]|$))",
        "The person who, Everyone who",
        "Who is no local user signs in with enableHR.",
    ),
)
SLIPS = [(re.compile(each.slip, re.IGNORECASE), each) for each in PATTERNS]


def slips(root: Path) -> list[str]:
    """Return the places where a slip stands, each with what to write in its place."""
    return [
        f"{path.relative_to(root)}:{line}: “{found[0].strip()}”: write {pattern.instead}"
        for path, line, text in passages(root)
        for slip, pattern in SLIPS
        if (found := slip.search(text))
    ]


def passages(root: Path) -> Iterator[tuple[Path, int, str]]:
    """Yield what people read, without line breaks: path, first line, text."""
    for path in product_modules(root):
        yield from _located(path, chain(_strings(path), _comments(path.read_text())))
    for path in sorted((root / "tests").rglob("*.py")):
        if path.name not in OWN:
            yield from _located(path, chain(_docstrings(path), _comments(path.read_text())))
    for path in chain.from_iterable(sorted(root.glob(name)) for name in DOCUMENTS):
        yield from _located(path, _paragraphs(path))
    for path in chain.from_iterable(sorted(root.glob(name)) for name in COMMENTED):
        yield from _located(path, _hash_comments(path))
    for path in chain.from_iterable(sorted(root.glob(name)) for name in DESCRIPTIONS):
        yield from _located(path, _shown(yaml.compose(path.read_text())))


def _located(path: Path, found: Iterator[tuple[int, str]]) -> Iterator[tuple[Path, int, str]]:
    yield from ((path, line, " ".join(text.split())) for line, text in found)


def _strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield string literals, those of several parts and f-strings as one."""
    tree = ast.parse(path.read_text())
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            words = (part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
            yield node.lineno, "".join(map(str, words))


def _docstrings(path: Path) -> Iterator[tuple[int, str]]:
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, kinds) and (text := ast.get_docstring(node)):
            yield node.body[0].lineno, text


def _comments(source: str) -> Iterator[tuple[int, str]]:
    """Yield comments; those on lines that follow each other as one."""
    first, last, words = 0, 0, list[str]()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        if words and token.start[0] != last + 1:
            yield first, " ".join(words)
            words = []
        first, last = first if words else token.start[0], token.start[0]
        words.append(token.string.lstrip("# "))
    if words:
        yield first, " ".join(words)


def _paragraphs(path: Path) -> Iterator[tuple[int, str]]:
    """Yield paragraphs, rows of tables and items of lists; of the changelog what is not released yet."""
    text = path.read_text()
    if path.name == "CHANGELOG.md":
        text = re.split(r"^## \[?\d", text, maxsplit=1, flags=re.MULTILINE)[0]
    for paragraph in re.finditer(r"(?:^|\n)(?:[|*-] |\d+\. )?[^\n]+(?:\n(?![|*-] |\d+\. )[^\n]+)*", text):
        yield text.count("\n", 0, paragraph.start() + 1) + 1, paragraph[0]


def _shown(node: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Yield the values below a node that are shown to people."""
    if isinstance(node, yaml.SequenceNode):
        yield from chain.from_iterable(map(_shown, node.value))
    elif isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value in SHOWN and isinstance(value, yaml.ScalarNode):
                yield value.start_mark.line + 1, value.value
            else:
                yield from _shown(value)


def _hash_comments(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if "#" in line:
            yield number, line.partition("#")[2]

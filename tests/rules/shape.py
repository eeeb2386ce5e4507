"""The rules of the source that no linter knows, each as a function from a folder to the places that break it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tools.long_modules import length, product_modules

LONGEST_MODULE, LONGEST_TESTS, LONGEST_FUNCTION = 250, 350, 40
FULLEST_FOLDER, MEDIAN_FOLDER = 15, 8
# What the docstring of a longer module contains, and the comment above a longer function.
REASON_OF_MODULE = re.compile(r"\bone (file|module),? because\b", re.IGNORECASE)
REASON_OF_FUNCTION = re.compile(r"^\s*# One function, because \w+")
NOT_OURS = {
    ".git",
    ".venv",
    ".ihub",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".import_linter_cache",
    ".hypothesis",
    "build",
}
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "data", "misc", "util", "helper", "common"}
MAY_PRINT = ("core/__main__.py", "core/cli/")
GUARDS = {"require_user", "require_support"}
STEERING_FOLDER = "shared"


def modules(root: Path) -> Iterator[Path]:
    """Yield every Python module of the project that people write, tests too."""
    yield from product_modules(root)
    yield from sorted((root / "tests").rglob("*.py"))


def texts(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield every text file of the project."""
    for path in sorted(root.rglob("*")):
        if (
            path.is_file()
            and not NOT_OURS & set(path.relative_to(root).parts)
            and "__pycache__" not in path.parts
        ):
            try:
                yield path, path.read_text()
            except UnicodeDecodeError:
                continue


def long_modules(root: Path) -> list[str]:
    """Name long modules whose docstring gives no reason (`One file, because …`)."""
    long = [(path, length(path)) for path in modules(root) if length(path) > _longest(path.relative_to(root))]
    return [
        f"{path.relative_to(root)}: {lines} lines"
        for path, lines in long
        if not REASON_OF_MODULE.search(ast.get_docstring(ast.parse(path.read_text())) or "")
    ]


def _longest(path: Path) -> int:
    return LONGEST_TESTS if path.parts[0] == "tests" else LONGEST_MODULE


def long_functions(root: Path) -> list[str]:
    """Name long functions without a reason in a comment above them (`# One function, because …`)."""
    return [
        f"{path.relative_to(root)}:{node.lineno} {node.name}: {lines} lines"
        for path in product_modules(root)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
        and not _has_reason(path, node)
    ]


def _has_reason(path: Path, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    first = min((each.lineno for each in function.decorator_list), default=function.lineno)
    above = path.read_text().splitlines()[: first - 1]
    while above and above[-1].lstrip().startswith("#"):
        if REASON_OF_FUNCTION.match(above.pop()):
            return True
    return False


def full_folders(root: Path) -> list[str]:
    """Name folders of core and connectors with too many modules; migrations are a list of their own."""
    counts = {
        str(package.parent.relative_to(root)): len(list(package.parent.glob("*.py"))) - 1
        for folder in ("core", "connectors")
        for package in sorted((root / folder).rglob("__init__.py"))
        if "migrations" not in package.parts
    }
    found = [f"{name}: {number} modules" for name, number in counts.items() if number > FULLEST_FOLDER]
    middle = median(counts.values()) if counts else 0
    return found + ([f"median: {middle:g} modules"] if middle > MEDIAN_FOLDER else [])


def packages_without_one_sentence(root: Path) -> list[str]:
    """Name packages whose docstring is not exactly one sentence on one line."""
    return [
        str(path.relative_to(root))
        for path in modules(root)
        if path.name == "__init__.py"
        and not re.fullmatch(
            r"[A-Z][^.\n]*(\.\w[^.\n]*)*\.", ast.get_docstring(ast.parse(path.read_text())) or ""
        )
    ]


def modules_without_a_sentence(root: Path) -> list[str]:
    """Name modules that do not open with a docstring whose first line is a sentence."""
    return [str(path.relative_to(root)) for path in modules(root) if not _has_sentence(path)]


def _has_sentence(path: Path) -> bool:
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    return docstring.split("\n")[0].rstrip().endswith((".", ":"))


def vaguely_named_modules(root: Path) -> list[str]:
    """Name modules whose name says nothing about their content."""
    return [str(path.relative_to(root)) for path in modules(root) if path.stem in FORBIDDEN_NAMES]


def uses_of_the_steering_folder(root: Path) -> list[str]:
    """Name files that name or read the folder beside the project, which nobody else has."""
    pattern = re.compile(rf"\.\./{STEERING_FOLDER}\b|/work/{STEERING_FOLDER}\b")
    return [str(path.relative_to(root)) for path, text in texts(root) if pattern.search(text)]


def unpinned_requirements(root: Path) -> list[str]:
    """Name requirements that may be another file tomorrow, and chosen ones that are not installed."""
    installed = {path.name: path.read_text().replace("\\\n", " ") for path in root.glob("requirements*.txt")}
    chosen = {path.with_suffix(".txt").name: path.read_text() for path in root.glob("requirements*.in")}
    locked = {
        name: set(map(_plain_pin, re.findall(r"^[^\s#=]+==[^\s;]+", text, re.M)))
        for name, text in installed.items()
    }
    return [
        f"{name}: {line}"
        for name, text in installed.items()
        for line in text.splitlines()
        if line.strip()
        and not line.strip().startswith("#")
        and not re.match(r"\S+==\S+ .*--hash=sha256:", line)
    ] + [
        f"{name}: {pin}"
        for name, text in chosen.items()
        for pin in (line.strip() for line in text.splitlines() if line.strip() and line[0] not in "#-")
        if _plain_pin(pin) not in locked.get(name, set())
    ]


def _plain_pin(pin: str) -> str:
    """Return a pinned requirement as package indexes write its name, without extras."""
    name, _, version = pin.partition("==")
    return f"{re.sub(r'[-_.]+', '-', name.split('[')[0]).lower()}=={version}"


def missing_documents(root: Path) -> list[str]:
    """Name documents that every newcomer looks for and that are missing."""
    wanted = (
        "README.md",
        "CHANGELOG.md",
        "docs/architecture.md",
        "docs/operations.md",
        "docs/add-a-system.md",
    )
    return [name for name in wanted if not (root / name).is_file() or not (root / name).read_text().strip()]


def pages_without_guard(root: Path) -> list[str]:
    """Name pages whose first statement after the imports is not the call that turns strangers away."""
    return [path.name for path in sorted((root / "pages").glob("[A-Z]*.py")) if not _guarded(path)]


def _guarded(path: Path) -> bool:
    statements = [node for node in ast.parse(path.read_text()).body if not _is_preamble(node)]
    return bool(statements) and any(_name(call) in GUARDS for call in _calls(statements[0]))


def _is_preamble(node: ast.stmt) -> bool:
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or isinstance(node, ast.Import | ast.ImportFrom)


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def raw_exports(root: Path) -> list[str]:
    """Name places where a page shows a grid with an export of its own, neither audited nor safe in a spreadsheet."""
    return [
        f"{path.relative_to(root)}:{call.lineno}"
        for path in sorted((root / "pages").rglob("*.py"))
        for call in _calls(ast.parse(path.read_text()))
        if _name(call) == "dataframe"
    ]


# Names that are compared with others, and the two places that tell those of one name apart.
_PLAIN_NAMES = (
    "core/audit/connection_labels.py",
    "core/audit/user_labels.py",
    "core/connections/connections.py",
    "core/runs/system_names.py",
    "core/sides/leaver_alerts.py",
)


def plain_names(root: Path) -> list[str]:
    """Name queries that show connections or people without telling those of one name apart."""
    return [
        f"{path.relative_to(root)}:{call.lineno}"
        for path in sorted((root / "core").rglob("*.py"))
        if str(path.relative_to(root)) not in _PLAIN_NAMES
        for call in _calls(ast.parse(path.read_text()))
        if _name(call) == "select"
        and any(ast.unparse(each) in {"Connection.name", "User.name"} for each in call.args)
    ]


def prints(root: Path) -> list[str]:
    """Name places in core, connectors and web that print instead of logging; the command line may."""
    return [
        f"{path.relative_to(root)}:{call.lineno}"
        for folder in ("core", "connectors", "web")
        for path in sorted((root / folder).rglob("*.py"))
        if not str(path.relative_to(root)).startswith(MAY_PRINT)
        for call in _calls(ast.parse(path.read_text()))
        if _name(call) == "print"
    ]


def programs_with_the_sandbox(root: Path) -> list[str]:
    """Name the programs outside packages, which import-linter does not see, that import the sandbox."""
    return [
        f"{path.name}:{node.lineno}"
        for path in sorted(root.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom) and "sandbox" in _imported_packages(node)
    ]


def _imported_packages(node: ast.Import | ast.ImportFrom) -> set[str]:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
    return {name.split(".")[0] for name in names}


def unfinished_tests(root: Path) -> list[str]:
    """Name tests that are switched off in the source instead of by what the machine lacks."""
    pattern = re.compile(r"pytest\.mark\.(skip|skipif|xfail)\b")
    return [
        str(path.relative_to(root))
        for path in sorted((root / "tests").rglob("*.py"))
        if pattern.search(path.read_text())
    ]

"""List the modules at which to look twice: `make check` prints them, and nothing fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOOK_TWICE = 150
PRODUCT_FOLDERS = ("core", "connectors", "web", "pages", "sandbox", "harness", "bench", "tools")


def product_modules(root: Path) -> Iterator[Path]:
    """Yield every Python module of the project apart from tests and migrations."""
    yield from sorted(root.glob("*.py"))
    for folder in PRODUCT_FOLDERS:
        yield from sorted(path for path in (root / folder).rglob("*.py") if "versions" not in path.parts)


def length(path: Path) -> int:
    """Return the number of lines of a file."""
    return len(path.read_text().splitlines())


def main() -> None:
    """Print the modules above the limit, the longest first."""
    lengths = {str(path.relative_to(ROOT)): length(path) for path in product_modules(ROOT)}
    long = sorted(((lines, name) for name, lines in lengths.items() if lines > LOOK_TWICE), reverse=True)
    if long:
        print(f"{len(long)} modules have more than {LOOK_TWICE} lines. Is each still about one subject?")
        print("\n".join(f"  {lines:4} {name}" for lines, name in long))


if __name__ == "__main__":
    main()

"""Check descriptions of systems, or print their JSON Schema: python -m connectors.rest FILE… or --schema."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from connectors.rest.description.json_schema import description_schema
from connectors.rest.loader import CatalogueError, load_system


def schema() -> str:
    """Return the JSON Schema of a description, as in connectors/catalogue/schema.json."""
    return json.dumps(description_schema(), indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Check the files; return 1 when one of them cannot be used."""
    if arguments == ["--schema"]:
        sys.stdout.write(schema())
        return 0
    failed = False
    for file in map(Path, arguments):
        try:
            sys.stdout.write(f"{file}: {load_system(file).name} can be used.\n")
        except CatalogueError as error:
            sys.stdout.write(f"{error}\n")
            failed = True
    return int(failed or not arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

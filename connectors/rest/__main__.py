"""Say what is wrong in descriptions of systems, or print their JSON Schema: python -m connectors.rest FILE… or --schema."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from connectors.rest.description.document import Description
from connectors.rest.loader import CatalogueError, load_system


def schema() -> str:
    """Return the JSON Schema of a description as connectors/catalogue/schema.json holds it."""
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Description.model_json_schema()}
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Check the files named; 1 when one of them cannot be used."""
    if arguments == ["--schema"]:
        sys.stdout.write(schema())
        return 0
    wrong = False
    for file in map(Path, arguments):
        try:
            sys.stdout.write(f"{file}: {load_system(file).name} can be used.\n")
        except CatalogueError as error:
            sys.stdout.write(f"{error}\n")
            wrong = True
    return int(wrong or not arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

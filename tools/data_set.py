"""Write the columns of the data set into docs/data.md, after they have changed."""

from __future__ import annotations

import re
import sys

from core.exports import data_set
from core.settings import ROOT

DOCUMENT = ROOT / "docs" / "data.md"


def written(text: str) -> str:
    """Return the document with the columns as they are now."""
    for name, table in data_set.TABLES.items():
        marked = rf"(<!-- columns of {name} -->\n).*?(\n<!-- end -->)"
        found = re.search(marked, text, re.S)
        if found is not None:
            text = text.replace(found[0], found[1] + data_set.describe(table) + found[2])
    return text


def main() -> int:
    """Write the document; return an exit code."""
    DOCUMENT.write_text(written(DOCUMENT.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

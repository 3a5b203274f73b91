"""`python -m shared.documents` writes every generated document into docs/; a test fails when one has drifted."""

from __future__ import annotations

import sys
from pathlib import Path

from shared.documents.writing import documents


def main() -> None:
    """Writes the documents into the folder given, or docs/."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text, encoding="utf-8")


main()

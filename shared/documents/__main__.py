"""`python -m shared.documents` writes every generated document into docs/ and into the services' READMEs.

Given another folder it writes the documents there and leaves the READMEs alone. A test fails when one has drifted.
"""

from __future__ import annotations

import sys
from pathlib import Path

from shared.documents.states import pages_with_diagrams
from shared.documents.writing import documents, service_plugins


def main() -> None:
    """Writes the documents into the folder given, or docs/."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text, encoding="utf-8")
    if len(sys.argv) == 1:
        for path, text in pages_with_diagrams(service_plugins(), Path()).items():
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

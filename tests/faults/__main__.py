"""Writes docs/reliability.md from what attacks have shown.

usage: python -m tests.faults --write [RESULTS]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.faults.results import PAGE, read_results, render, results_path


def main(argv: Sequence[str] | None = None) -> int:
    """Writes the page; 1 without results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", required=True, help="write docs/reliability.md")
    parser.add_argument("results", nargs="?", type=Path, default=results_path(), help="the results file")
    chosen = parser.parse_args(argv)
    if not chosen.results.exists():
        sys.stderr.write(f"there are no results in {chosen.results}: run make faults first\n")
        return 1
    PAGE.write_text(render(read_results(chosen.results)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

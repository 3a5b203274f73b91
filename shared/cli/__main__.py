"""`python -m shared.cli` is `steward`."""

from __future__ import annotations

from shared.cli import main

main()

"""How soon the embedded platform answers, how much memory it takes, and how soon it stops; beside Python's own start."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.platforms import Processes, start_embedded

BARE = "import eventlet, nameko.containers, flask, flask_smorest, marshmallow, numpy"
KIBIBYTE, MEBIBYTE = 1024, 1024 * 1024


def main(argv: list[str] | None = None) -> int:
    """Prints medians of some starts; always 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one start")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args(argv)
    rounds = 1 if chosen.quick else chosen.rounds
    bare = [_bare_start() for _ in range(rounds)]
    starts = [_platform() for _ in range(rounds)]
    firsts, memories, stops = (sorted(figures) for figures in zip(*starts, strict=True))
    base = statistics.median(bare)
    print(f"{'':34}{'median':>9}{'least':>9}{'most':>9}")
    print(f"{'importing the libraries alone, s':34}{base:9.2f}{min(bare):9.2f}{max(bare):9.2f}")
    for name, figures in (("first 200, s", firsts), ("memory after it, MB", memories), ("stop, s", stops)):
        print(f"{name:34}{statistics.median(figures):9.2f}{figures[0]:9.2f}{figures[-1]:9.2f}")
    print(f"first 200 / libraries alone: {statistics.median(firsts) / base:.1f} x")
    return 0


def _bare_start() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-W", "ignore", "-c", BARE], check=True)
    return time.monotonic() - began


def _platform() -> tuple[float, float, float]:
    """Seconds to the first answer, resident memory in MB, seconds to stop."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        processes = Processes(folder=folder, environment={"PYTHONUNBUFFERED": "1"})
        try:
            began = time.monotonic()
            start_embedded(processes, folder)
            first = time.monotonic() - began
            memory = _resident(processes.running["platform"].pid)
            began = time.monotonic()
            processes.stop("platform")
            return first, memory, time.monotonic() - began
        finally:
            processes.stop_all()


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    resident = next(line for line in lines if line.startswith("VmRSS"))
    return int(resident.split()[1]) * KIBIBYTE / MEBIBYTE


if __name__ == "__main__":
    sys.exit(main())

"""What attacks have shown: one JSON line for each, and the page that is made of them.

Lengths come from the environment: STEWARD_FAULTS_ROUNDS (how often each fault point is died at on each platform),
STEWARD_FAULTS_SECONDS (how long members are killed at random), STEWARD_FAULTS_COMMANDS (how many commands must be done meanwhile)
and STEWARD_FAULTS_REPLICAS (processes of each service). The results file is STEWARD_FAULTS_RESULTS.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.faults.checking import Verdict

PROJECT = Path(__file__).parents[2]
RESULTS = PROJECT / "var" / "faults" / "results.jsonl"


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """How long the attacks are; the defaults are the short form."""

    rounds: int
    seconds: float
    commands: int
    replicas: int

    @classmethod
    def from_environment(cls) -> Lengths:
        return cls(
            rounds=int(os.environ.get("STEWARD_FAULTS_ROUNDS", "1")),
            seconds=float(os.environ.get("STEWARD_FAULTS_SECONDS", "20")),
            commands=int(os.environ.get("STEWARD_FAULTS_COMMANDS", "150")),
            replicas=int(os.environ.get("STEWARD_FAULTS_REPLICAS", "2")),
        )


@dataclass(frozen=True, kw_only=True)
class Result:
    """One attack on one platform."""

    test: str
    attack: str
    platform: str
    runs: int
    kills: int
    commands: int
    lost: int
    duplicated: int
    out_of_order: int
    unexpected: int
    recovered: int
    recovery_p50: float | None
    recovery_p99: float | None
    command: str
    machine: str


def report(
    test: str,
    *,
    attack: str,
    platform: str,
    runs: int,
    kills: int,
    verdict: Verdict,
    recoveries: Sequence[float] = (),
) -> Result:
    """Appends a result to the results file."""
    result = Result(
        test=test,
        attack=attack,
        platform=platform,
        runs=runs,
        kills=kills,
        commands=verdict.attempted,
        lost=len(verdict.lost),
        duplicated=len(verdict.duplicated),
        out_of_order=len(verdict.out_of_order),
        unexpected=len(verdict.unexpected),
        recovered=len(verdict.recovered),
        recovery_p50=percentile(recoveries, 0.5),
        recovery_p99=percentile(recoveries, 0.99),
        command=command(),
        machine=machine(),
    )
    path = results_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(result)) + "\n")
    return result


def read_results(path: Path) -> list[Result]:
    """Every result of a file, the first written first."""
    return [Result(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def results_path() -> Path:
    return Path(os.environ.get("STEWARD_FAULTS_RESULTS") or RESULTS)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value that this share of all does not exceed; nothing for none."""
    ordered = sorted(values)
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 1) if ordered else None


def command() -> str:
    """How to run what is running now: its lengths where they are not the short form's."""
    given = [f"{name}={value}" for name, value in sorted(os.environ.items()) if name in LENGTHS]
    return " ".join([*given, "make test-faults"])


def machine() -> str:
    """The kind of machine, without its name."""
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


LENGTHS = ("STEWARD_FAULTS_ROUNDS", "STEWARD_FAULTS_SECONDS", "STEWARD_FAULTS_COMMANDS", "STEWARD_FAULTS_REPLICAS")

"""How fast a gateway reads through RPC on RabbitMQ: our client beside nameko's pooled proxies, in the same run.

Run it with `python -m tests.performance.bench_rpc [--quick]`; it needs wrk and STEWARD_TEST_RABBITMQ_URL. Both gateways are
the same Flask application under the same gunicorn (gthread, 2 x 16), and take turns within each round, so that a busy
machine troubles both. Nothing is asserted: read the ratios, not the rates.

With STEWARD_BENCH_AIO_PIKA, the path of a Python that has aio-pika (which the platform does not depend on), calls without HTTP are
measured too, beside the plainest call that aio-pika allows.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from tests.performance.rpc_calls import compare
from tests.performance.rpc_parties import NAMEKO_SERVICE, STEWARD_SERVICE

CALLERS = (1, 10, 50)
FIGURES = ("rate", "p50", "p99")
PARTIES = "tests.performance.rpc_parties"
START_SECONDS = 30.0
STOP_SECONDS = 5.0
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A client and the service it asks."""

    name: str
    gateway: str
    service: str
    port: int


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one spell of load showed: requests per second, milliseconds, and answers that were not 200."""

    rate: float
    p50: float
    p99: float
    failures: int


def main(argv: Sequence[str]) -> int:
    """Measure and print. Returns 1 with a sentence when something that is needed is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each spell of load")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    broker_url = os.environ.get("STEWARD_TEST_RABBITMQ_URL")
    if not broker_url or not shutil.which("wrk"):
        _say("rpc: left out: it needs wrk and STEWARD_TEST_RABBITMQ_URL")
        return 1
    seconds, rounds = (1.0, 1) if chosen.quick else (chosen.seconds, chosen.rounds)
    runs = measure(broker_url, seconds=seconds, rounds=rounds)
    for callers in CALLERS:
        _report(callers, {name: per_callers[callers] for name, per_callers in runs.items()})
    other_python = os.environ.get("STEWARD_BENCH_AIO_PIKA")
    if other_python:
        _report_calls(broker_url, other_python, seconds=seconds, rounds=rounds)
    return 0


def measure(broker_url: str, *, seconds: float, rounds: int) -> dict[str, dict[int, list[Run]]]:
    """Every run, by contender and number of callers."""
    contenders = [
        Contender(name="steward", gateway="steward_gateway", service=STEWARD_SERVICE, port=_free_port()),
        Contender(name="nameko client", gateway="nameko_gateway", service=STEWARD_SERVICE, port=_free_port()),
        Contender(name="nameko both ends", gateway="nameko_gateway", service=NAMEKO_SERVICE, port=_free_port()),
    ]
    runs: dict[str, dict[int, list[Run]]] = {each.name: {callers: [] for callers in CALLERS} for each in contenders}
    with ExitStack() as stack:
        for kind in ("steward", "nameko"):
            stack.enter_context(_process([sys.executable, "-W", "ignore", "-m", PARTIES, broker_url, kind], {}))
        for each in contenders:
            stack.enter_context(_gateway(each, broker_url))
        for each in contenders:
            _wait_until_it_answers(each)
            load(each, callers=max(CALLERS), seconds=1.0)
        for _ in range(rounds):
            for callers in CALLERS:
                for each in contenders:
                    runs[each.name][callers].append(load(each, callers=callers, seconds=seconds))
    return runs


def load(contender: Contender, *, callers: int, seconds: float) -> Run:
    """One spell of load by wrk."""
    url = f"http://127.0.0.1:{contender.port}/api/v1/funds/fund-0007"
    command = ["wrk", "-t1", f"-c{callers}", f"-d{seconds:g}s", "--timeout", "15s", "--latency", url]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    failures = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", told)
    return Run(
        rate=float(_found(r"Requests/sec:\s+([\d.]+)", told)[0]),
        p50=_milliseconds(told, "50%"),
        p99=_milliseconds(told, "99%"),
        failures=int(failures.group(1) if failures else 0) + sum(int(n) for n in (errors.groups() if errors else ())),
    )


def ratios(ours: Sequence[Run], theirs: Sequence[Run]) -> list[float]:
    """Our rate over theirs, round by round."""
    return [mine.rate / other.rate for mine, other in zip(ours, theirs, strict=True)]


def _report(callers: int, runs: dict[str, list[Run]]) -> None:
    _say(
        f"\n{callers} callers{'':12}requests/s      p50 ms     p99 ms   failures   steward is faster by (median, spread)"
    )
    for name, each in runs.items():
        rate, p50, p99 = (statistics.median(getattr(run, figure) for run in each) for figure in ("rate", "p50", "p99"))
        line = f"{name:20}{rate:12.0f}{p50:12.1f}{p99:11.1f}{sum(run.failures for run in each):11}"
        if name != "steward":
            found = ratios(runs["steward"], each)
            line += f"   {statistics.median(found):.2f} x  ({min(found):.2f} to {max(found):.2f})"
        _say(line)


def _report_calls(broker_url: str, other_python: str, *, seconds: float, rounds: int) -> None:
    with _process([sys.executable, "-W", "ignore", "-m", PARTIES, broker_url, "steward"], {}):
        found = compare(broker_url, other_python, callers=CALLERS, seconds=seconds, rounds=rounds)
    for callers, spells in found.items():
        _say(
            f"\n{callers} callers, no HTTP       calls/s      p50 ms     p99 ms   steward's rate against it (median, spread)"
        )
        for name, each in spells.items():
            rate, p50, p99 = (statistics.median(getattr(spell, figure) for spell in each) for figure in FIGURES)
            line = f"{name:20}{rate:12.0f}{p50:12.1f}{p99:11.1f}"
            if name != "steward":
                against = [ours.rate / theirs.rate for ours, theirs in zip(spells["steward"], each, strict=True)]
                line += f"   {statistics.median(against):.2f} x  ({min(against):.2f} to {max(against):.2f})"
            _say(line)


@contextmanager
def _gateway(contender: Contender, broker_url: str) -> Iterator[None]:
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "2", "--threads", "16"]
    command += ["--bind", f"127.0.0.1:{contender.port}", "--log-level", "error", "--no-control-socket"]
    command += [f"{PARTIES}:{contender.gateway}()"]
    environment = {"BENCH_BROKER_URL": broker_url, "BENCH_SERVICE": contender.service, "PYTHONWARNINGS": "ignore"}
    with _process(command, environment):
        yield


@contextmanager
def _process(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    # A session of its own: gunicorn's workers must not outlive a master that had to be killed.
    process = subprocess.Popen(command, env={**os.environ, **environment}, start_new_session=True)
    try:
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_it_answers(contender: Contender) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(contender):
        if time.monotonic() >= deadline:
            raise TimeoutError(f"the gateway of {contender.name} did not answer within {START_SECONDS:g} s")
        time.sleep(0.1)


def _answers(contender: Contender) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{contender.port}/api/v1/funds/fund-0007", timeout=5).close()
    except (urllib.error.URLError, OSError):
        return False
    return True


def _found(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text)
    if match is None:
        raise ValueError(f"wrk said nothing like {pattern!r}: {text}")
    return match.groups()


def _milliseconds(text: str, percentile: str) -> float:
    value, unit = _found(rf"{percentile}\s+([\d.]+)(us|ms|s)", text)
    return float(value) * UNITS[unit]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

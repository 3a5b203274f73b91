"""Importing a module does no work: no socket, no database, no file of data, no process. And the gateway stays free of eventlet."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, PROJECT, named, sources

RUN_WHEN_IMPORTED = {"__main__", "gunicorn.conf"}
WATCH = """
import importlib, json, sys
project, names = sys.argv[1], json.loads(sys.stdin.read())
sys.path.insert(0, project)
seen = []

def watch(event, args):
    if event in ("socket.connect", "socket.bind", "sqlite3.connect", "subprocess.Popen", "os.mkdir"):
        seen.append(f"{event} {args[:1]}")
    if event == "open" and (args[2] & 3 or _data_of_ours(args[0])):
        seen.append(f"open {args[0]}")

def _data_of_ours(path):
    ours = tuple(f"{project}/{package}/" for package in ("shared", "services", "gateway"))
    return str(path).startswith(ours) and not str(path).endswith((".py", ".pyc"))

sys.dont_write_bytecode = True
import warnings
warnings.simplefilter("ignore")
import urllib3  # looks for IPv6 when it is imported, which is not our doing
sys.addaudithook(watch)
found = {}
for name in names:
    importlib.import_module(name)
    if seen:
        found[name] = list(seen)
        seen.clear()
print(json.dumps({"work": found, "modules": sorted(sys.modules)}))
"""


def modules(*packages: str) -> list[str]:
    """The dotted names of every module that is there to be imported."""
    dotted = (
        named(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__") for path in sources(*packages)
    )
    return [name for name in dotted if not name.endswith(tuple(RUN_WHEN_IMPORTED))]


def imported(names: list[str], project: Path = PROJECT) -> tuple[dict[str, list[str]], set[str]]:
    """Imports these modules in a process of its own: what work each did, and what is loaded then."""
    done = subprocess.run(
        [sys.executable, "-c", WATCH, str(project)],
        input=json.dumps(names),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    return answer["work"], set(answer["modules"])


def test_no_module_works_when_it_is_imported() -> None:
    names = modules(*PACKAGES)

    work, loaded = imported(names)

    assert work == {}
    assert set(names) <= loaded
    assert len(names) > 200


@pytest.mark.parametrize(
    "source",
    [
        "import socket; socket.socket().bind(('127.0.0.1', 0))",
        "import sqlite3; sqlite3.connect(':memory:')",
        "import pathlib; pathlib.Path(__file__).with_suffix('.txt').write_text('x')",
        "import pathlib; pathlib.Path(__file__).parent.joinpath('data.yaml').read_text()",
    ],
)
def test_work_at_import_time_would_be_seen(tmp_path: Path, source: str) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "__init__.py").write_text("")
    (tmp_path / "shared" / "data.yaml").write_text("{}")
    (tmp_path / "shared" / "planted.py").write_text(source)

    work, _ = imported(["shared.planted"], project=tmp_path)

    assert list(work) == ["shared.planted"]


def test_the_gateways_process_loads_no_eventlet_no_nameko_and_no_service() -> None:
    serving = [name for name in modules("gateway") if name != "gateway.commands"]

    _, loaded = imported(serving)

    assert {name for name in loaded if name.partition(".")[0] in ("eventlet", "nameko", "services")} == set()
    assert "gateway.wsgi" in loaded


def test_the_platforms_process_does_load_them() -> None:
    _, loaded = imported(["shared.runtime.platform"])

    assert {"eventlet", "nameko"} <= loaded


def test_without_traces_opentelemetry_is_not_loaded() -> None:
    program = (
        "import sys, warnings; warnings.simplefilter('ignore')\n"
        "import shared.runtime.platform, gateway.app\n"
        "from shared.runtime.settings import PlatformSettings\n"
        "from shared.runtime.platform import tracing_of\n"
        "tracing_of(PlatformSettings())\n"
        "print(sorted(name for name in sys.modules if name.startswith('opentelemetry')))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=100)

    assert done.stdout.strip() == "[]"

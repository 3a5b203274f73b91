"""`python -m shared.documents.releases` compares the events with those of every release kept in `shared/events/released`.

With a version it keeps the present ones as that release's: `python -m shared.documents.releases 0.2.0`. A release that is
kept is never written anew.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import shared.events
from shared.events.catalogue import CATALOGUE
from shared.events.compatibility import Break, breaks_between
from shared.events.intake import INCOMING
from shared.events.language import Stream
from shared.events.schemas import json_schema
from shared.events.versions import UPCASTERS

RELEASED = Path(shared.events.__file__).parent / "released"


class BadRelease(Exception):
    """A version that is none, or that is kept already; or no release is kept at all."""


def present_contract() -> dict[str, Any]:
    """The events as the code has them now; see `shared.events.compatibility`."""
    published = {
        f"{name}/v{cls.major}": {"stream": _stream(cls.stream), "schema": json_schema(cls)}
        for name, cls in sorted(CATALOGUE.items())
    }
    return {"published": published, "incoming": {name: json_schema(INCOMING[name]) for name in sorted(INCOMING)}}


def kept_releases(folder: Path = RELEASED) -> dict[str, Any]:
    """The contracts of the releases that are kept, by version, oldest first. Raises `BadRelease` if there is none."""
    files = sorted(folder.glob("*.json"), key=lambda path: _numbers(path.stem))
    if not files:
        raise BadRelease("no release is kept: there is nothing to compare the events with")
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}


def breaks_since(releases: Mapping[str, Any], present: Mapping[str, Any]) -> dict[Break, str]:
    """Every breaking change, and the latest release that it breaks with."""
    upcast = UPCASTERS.reaching({name: cls.major for name, cls in CATALOGUE.items()})
    return {
        change: version
        for version, released in releases.items()
        for change in breaks_between(released, present, upcast=upcast)
    }


def keep(version: str, folder: Path = RELEASED) -> Path:
    """Keeps the present events as those of this release. Raises `BadRelease`."""
    _numbers(version)
    path = folder / f"{version}.json"
    if path.exists():
        raise BadRelease(f"the events of {version} are kept already; what was released is never written anew")
    path.write_text(json.dumps(present_contract(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def main(arguments: list[str]) -> int:
    """Exit code 1 if anything breaks, each change told."""
    if arguments:
        print(f"kept as {keep(arguments[0]).name}")
        return 0
    releases = kept_releases()
    found = breaks_since(releases, present_contract())
    for change, version in found.items():
        print(f"breaks with {version}: {change}")
    print(f"events compared with {', '.join(releases)}: {len(found)} breaking changes")
    return 1 if found else 0


def _stream(stream: Stream) -> dict[str, Any]:
    told = asdict(stream) | {"exchange": stream.exchange_name}
    return {name: told[name] for name in ("name", "owner", "exchange", "outside", "personal_data")}


def _numbers(version: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise BadRelease(f"{version!r} is not a version such as 0.2.0")
    return tuple(int(part) for part in version.split("."))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

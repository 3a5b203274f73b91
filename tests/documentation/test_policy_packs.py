"""A pack that is built in never changes under a version that it already had: what was decided under it explains itself by it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from shared.policy.builtin import BuiltinPacks
from tests.documentation.pages import PROJECT

PINNED = Path(__file__).with_name("pinned_packs.json")
REMEDY = """differs from what is pinned in tests/documentation/pinned_packs.json. A version that was released never changes:
add a file <council>/<first day>.yaml beside it. Only a version that no release has had yet is pinned anew, with
`python -m tests.documentation.test_policy_packs`, and with a line in CHANGELOG.md that says what changed."""


def present() -> dict[str, str]:
    """The hash of every built-in pack's text, comments and all, by version."""
    return {str(pack.version): hashlib.sha256(pack.text.encode("utf-8")).hexdigest() for pack in BuiltinPacks().packs()}


def pinned() -> dict[str, str]:
    hashes: dict[str, str] = json.loads(PINNED.read_text(encoding="utf-8"))
    return hashes


@pytest.mark.parametrize("version", sorted(present() | pinned()))
def test_a_built_in_version_is_the_one_that_was_pinned(version: str) -> None:
    assert present().get(version) == pinned().get(version), f"{version} {REMEDY}"


def test_there_are_versions_to_pin() -> None:
    assert {version.partition("/")[0] for version in pinned()} == {"cheshire-east", "cambridgeshire-peterborough"}
    assert all((PROJECT / "shared" / "policy" / "packs" / f"{version}.yaml").is_file() for version in pinned())


if __name__ == "__main__":
    PINNED.write_text(json.dumps(present(), indent=2) + "\n", encoding="utf-8")

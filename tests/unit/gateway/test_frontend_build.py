from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from gateway.frontend import build
from gateway.frontend.build import BuildFailed, without_marks

FRONTEND = Path(build.__file__).parent
STYLES = (
    "@font-face{font-family:GDS Transport;src:url(/assets/fonts/x.woff2)}"
    ".a{font-family:GDS Transport,arial,sans-serif}"
    ".b{background-image:url(/assets/images/govuk-crest.svg)}"
)


def test_styles_are_served_with_system_fonts_and_without_the_crest() -> None:
    plain = without_marks(STYLES)

    assert "GDS" not in plain
    assert "/assets/" not in plain
    assert "system-ui" in plain


@pytest.mark.parametrize(
    "changed",
    [
        STYLES.replace("GDS Transport,arial,sans-serif", "GDS Transport,Helvetica"),
        STYLES + ".c{background:url(/assets/images/another.svg)}",
    ],
)
def test_a_release_that_keeps_its_marks_elsewhere_stops_the_build(changed: str) -> None:
    with pytest.raises(BuildFailed, match="see what changed"):
        without_marks(changed)


def test_the_versions_of_the_packages_are_exact_and_locked_without_a_registry() -> None:
    wanted = json.loads((FRONTEND / "package.json").read_text())["dependencies"]
    locked = json.loads((FRONTEND / "package-lock.json").read_text())["packages"]

    for name, exact in wanted.items():
        assert locked[f"node_modules/{name}"]["version"] == exact
    for place, package in locked.items():
        assert "resolved" not in package
        assert place == "" or package["integrity"].startswith("sha512-")


def test_the_styles_match_the_macros() -> None:
    """govuk-frontend-jinja 4.1 ports the macros of GOV.UK Frontend 6.3.0."""
    matching = {"4.1.0": "6.3.0"}

    wanted = json.loads((FRONTEND / "package.json").read_text())["dependencies"]["govuk-frontend"]

    assert matching[version("govuk-frontend-jinja")] == wanted

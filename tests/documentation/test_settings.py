"""Every setting that the code reads stands in docs/settings.md."""

from __future__ import annotations

import re

from tests.architecture.tree import PACKAGES, sources
from tests.documentation.pages import PROJECT, project_files, text_of

NAME = re.compile(r"(?<![A-Z_])STEWARD_[A-Z0-9_]*[A-Z0-9]\b(?!_)")
CLASS = re.compile(r"^class (\w+)[^\n]*:\n((?:    .*\n|\n)+)", re.MULTILINE)
REFERENCE = set(NAME.findall((PROJECT / "docs/settings.md").read_text(encoding="utf-8")))
TOOLS = re.compile(
    r"STEWARD_(TEST|ENGINES|FAULTS|PASSWORD|STARTED)_\w+|STEWARD_(CACHE|ENGINE|JAVA_HOME|PASSWORD|PYTHON|RUN_ID|GATEWAY_PORTS)"
)
"""What tests, local engines and compose files read; each is described where it is used."""


def named_in(texts: list[str]) -> set[str]:
    """The variables that these texts name."""
    return {name for text in texts for name in NAME.findall(text)}


def test_every_setting_that_the_code_names_is_in_the_reference() -> None:
    read = named_in([path.read_text(encoding="utf-8") for path in sources(*PACKAGES)])

    assert len(read) > 60
    assert read - REFERENCE == set()


def test_the_reference_names_no_setting_that_nobody_reads() -> None:
    assert REFERENCE - named_in([path.read_text(encoding="utf-8") for path in sources(*PACKAGES)]) == set()


def test_every_class_of_settings_is_filled_from_the_environment_somewhere() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources(*PACKAGES))
    declared = {name for name, body in CLASS.findall(code) if "= setting(" in body}

    assert len(declared) > 8
    assert {name for name in declared if f"read_settings({name}" not in code} == set()


def test_pages_configuration_and_scripts_name_only_settings_that_there_are() -> None:
    elsewhere = [name for name in project_files() if not name.startswith((*PACKAGES, "tests/", "CHANGELOG"))]
    unknown = named_in([text_of(name) for name in elsewhere]) - REFERENCE

    assert {name for name in unknown if not TOOLS.fullmatch(name)} == set()


def test_a_setting_that_is_not_in_the_reference_would_be_seen() -> None:
    assert named_in(['setting("STEWARD_PIGEONS", 3, "How many")']) - REFERENCE == {"STEWARD_PIGEONS"}


def test_no_secret_has_a_default() -> None:
    rows = re.findall(r"^\| `(\w*(?:PASSWORD|SECRET|KEY)\w*)` \| (.*?) \|", text_of("docs/settings.md"), re.MULTILINE)

    assert rows
    assert {default for _, default in rows} == {""}

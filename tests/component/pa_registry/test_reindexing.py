from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from services.pa_registry.commands import search


def test_reindexing_an_embedded_platform_says_that_it_rebuilds_at_each_start(tmp_path: Path) -> None:
    done = CliRunner().invoke(search, ["reindex", "--data", str(tmp_path)])

    assert done.exit_code == 0
    assert "rebuilt from the register at each start" in done.output


def test_reindexing_where_there_is_no_platform_says_so(tmp_path: Path) -> None:
    done = CliRunner().invoke(search, ["reindex", "--data", str(tmp_path / "nowhere")])

    assert done.exit_code == 1
    assert "there is no platform data" in done.output

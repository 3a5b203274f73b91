"""The events are still those that were released: what was added since is optional, and old versions are read."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from shared.documents.releases import (
    BadRelease,
    breaks_since,
    keep,
    kept_releases,
    main,
    present_contract,
)
from tests.documentation.pages import PROJECT


def test_no_event_breaks_with_a_release() -> None:
    found = breaks_since(kept_releases(), present_contract())

    assert [f"breaks with {version}: {change}" for change, version in found.items()] == []


def test_a_field_removed_since_a_release_would_be_seen() -> None:
    present = copy.deepcopy(present_contract())
    del present["published"]["referral.accepted/v1"]["schema"]["properties"]["worker_id"]

    found = breaks_since(kept_releases(), present)

    assert {(change.event, change.path) for change in found} == {("referral.accepted/v1", "worker_id")}


def test_every_release_counts_and_not_the_last_one_only(tmp_path: Path) -> None:
    keep("0.9.0", tmp_path)
    (tmp_path / "0.10.0.json").write_text(json.dumps({"published": {}, "incoming": {}}), encoding="utf-8")

    releases = kept_releases(tmp_path)

    assert list(releases) == ["0.9.0", "0.10.0"]
    assert breaks_since(releases, {"published": {}, "incoming": {}})


def test_what_was_released_is_never_written_anew(tmp_path: Path) -> None:
    keep("1.0.0", tmp_path)

    with pytest.raises(BadRelease, match="kept already"):
        keep("1.0.0", tmp_path)
    with pytest.raises(BadRelease, match="not a version"):
        keep("next", tmp_path)


def test_without_any_release_the_comparison_fails(tmp_path: Path) -> None:
    with pytest.raises(BadRelease, match="nothing to compare"):
        kept_releases(tmp_path)


def test_make_check_compares_and_tells(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "shared.documents.releases" in (PROJECT / "Makefile").read_text(encoding="utf-8")
    assert main([]) == 0
    monkeypatch.setattr("shared.documents.releases.present_contract", lambda: {"published": {}, "incoming": {}})

    assert main([]) == 1

    assert "referral.accepted/v1: type-removed" in capsys.readouterr().out

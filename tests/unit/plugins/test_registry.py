"""Exactly the plugins that settings name are loaded; anything else about them stops the process with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pytest

from shared.messaging.embedded import register_transport
from shared.plugins.points import GROUPS, ServicePlugin
from shared.plugins.registry import BadPlugin, load_attribute, load_plugins
from shared.runtime.platform import Platform
from shared.runtime.settings import PlatformSettings

SAMPLES = "tests.unit.plugins.samples"


def an_entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group="steward.planted")


def load(wanted: list[str], *entries: EntryPoint, fits: Callable[[Any], bool] = callable) -> dict[str, Any]:
    return load_plugins("steward.planted", wanted, fits=fits, shape="a function", installed=entries)


def test_only_the_named_plugins_are_loaded_and_in_that_order() -> None:
    entries = [
        an_entry("a", f"{SAMPLES}:raises_when_loaded"),
        an_entry("b", f"{SAMPLES}:LinesFormat"),
        an_entry("broken", "no.such.module:anything"),
    ]

    assert list(load(["b", "a"], *entries)) == ["b", "a"]


def test_none_wanted_is_none_loaded() -> None:
    assert load([], an_entry("broken", "no.such.module:anything")) == {}


def test_an_unknown_plugin_is_named_with_those_that_are_installed() -> None:
    entries = [an_entry("b", f"{SAMPLES}:LinesFormat"), an_entry("a", f"{SAMPLES}:LinesFormat")]

    with pytest.raises(BadPlugin) as stopped:
        load(["pigeon"], *entries)

    assert str(stopped.value) == "steward.planted: no plugin named 'pigeon' is installed (installed: a, b)"


def test_where_nothing_is_installed_that_is_said() -> None:
    with pytest.raises(BadPlugin, match=r"\(installed: none\)"):
        load(["pigeon"])


def test_a_name_that_two_packages_declare_is_refused_with_both() -> None:
    entries = [an_entry("a", f"{SAMPLES}:LinesFormat"), an_entry("a", f"{SAMPLES}:AlsoCloudEvents")]

    with pytest.raises(BadPlugin, match=f"more than one package: {SAMPLES}:AlsoCloudEvents, {SAMPLES}:LinesFormat"):
        load(["a"], *entries)


def test_the_same_declaration_found_twice_is_one_plugin() -> None:
    entries = [an_entry("a", f"{SAMPLES}:LinesFormat")] * 2

    assert list(load(["a"], *entries)) == ["a"]


def test_a_plugin_listed_twice_in_settings_is_refused() -> None:
    with pytest.raises(BadPlugin, match="a is listed twice in settings"):
        load(["a", "a"], an_entry("a", f"{SAMPLES}:LinesFormat"))


@pytest.mark.parametrize("value", ["no.such.module:anything", f"{SAMPLES}:no_such_attribute"])
def test_a_plugin_that_cannot_be_loaded_is_named_with_the_reason(value: str) -> None:
    with pytest.raises(BadPlugin, match=r"'a' \(.*\) could not be loaded: .*no"):
        load(["a"], an_entry("a", value))


def test_a_plugin_of_another_shape_is_refused_with_the_shape_wanted() -> None:
    with pytest.raises(BadPlugin, match=rf"'a' \({SAMPLES}:NOT_CALLABLE\) is not a function"):
        load(["a"], an_entry("a", f"{SAMPLES}:NOT_CALLABLE"))


@pytest.mark.parametrize("group", GROUPS)
def test_every_plugin_point_has_a_plugin_that_is_built_in(group: str) -> None:
    assert {entry.dist.name for entry in entry_points(group=group) if entry.dist is not None} >= {"steward"}


@pytest.mark.parametrize("entry", [entry for group in GROUPS for entry in entry_points(group=group)], ids=str)
def test_every_installed_plugin_is_there_to_be_loaded(entry: EntryPoint) -> None:
    assert load_attribute(entry.value) is not None


def a_platform(data: Path, **settings: Any) -> Platform:
    register_transport()
    return Platform(PlatformSettings(data_dir=str(data), **settings))


@pytest.mark.parametrize(
    ("setting", "ask"),
    [
        ("services", lambda platform: platform.services),
        ("policy_packs", lambda platform: platform.policies),
        ("intake_formats", lambda platform: platform.intake_formats),
    ],
)
def test_a_platform_whose_settings_name_an_unknown_plugin_does_not_start(
    tmp_path: Path, setting: str, ask: Callable[[Platform], Any]
) -> None:
    platform = a_platform(tmp_path, **{setting: ("pigeon",)})

    with pytest.raises(BadPlugin, match=r"steward\.\w+: no plugin named 'pigeon' is installed"):
        ask(platform)


def test_a_search_address_that_no_engine_stands_for_does_not_start(tmp_path: Path) -> None:
    platform = a_platform(tmp_path, search_url="pigeon:")

    with pytest.raises(BadPlugin, match=r"steward\.search_engines: no plugin named 'pigeon'"):
        platform.search_engine()


def test_a_service_plugin_says_what_it_is(tmp_path: Path) -> None:
    for plugin in a_platform(tmp_path).services.values():
        assert isinstance(plugin, ServicePlugin)
        assert plugin.about

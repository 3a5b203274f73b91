"""The policy packs that settings name, from the packages that bring them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.plugins.registry import load_plugins
from shared.policy.policies import Policies


def load_policies(names: Sequence[str]) -> Policies:
    """The packs of these plugins. Raises `BadPlugin` and `PackRefused`, each with a sentence."""
    sources: dict[str, Any] = load_plugins(
        "steward.policy_packs",
        tuple(names),
        fits=lambda plugin: callable(plugin) and hasattr(plugin, "packs"),
        shape="a class of pack source (shared.policy.source.PackSource: no arguments, a packs() method)",
    )
    return Policies.load([source() for source in sources.values()])

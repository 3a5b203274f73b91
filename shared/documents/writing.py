"""All generated documents by file name."""

from __future__ import annotations

import json
from typing import Any

from shared.documents.asyncapi import asyncapi
from shared.documents.catalogue import catalogue
from shared.documents.policy_names import policy_names
from shared.documents.settings_reference import settings_reference
from shared.messaging.broker.topology import Topology
from shared.plugins.points import ServicePlugin
from shared.plugins.registry import load_attribute, load_plugins
from shared.policy.policies import Policies
from shared.runtime.settings import PlatformSettings


def documents() -> dict[str, str]:
    """File name to text."""
    from shared.runtime.platform import topology_of

    plugins = service_plugins()
    policies = Policies.load()
    topology = topology_of(plugins, policies.councils(), PlatformSettings().queue_type)
    openapi = load_plugins("steward.gateway", ("openapi",), fits=callable, shape="a function")["openapi"]
    return {
        "events.md": catalogue(topology),
        "asyncapi.json": _json(asyncapi(topology)),
        "openapi.json": _json(openapi()),
        "policy-names.md": policy_names(policies),
        "settings.md": settings_reference(plugins),
        **_pages(plugins, policies),
    }


def _pages(plugins: list[ServicePlugin], policies: Policies) -> dict[str, str]:
    """The pages that services write of themselves."""
    return {name: load_attribute(maker)(policies) for plugin in plugins for name, maker in plugin.pages}


def service_plugins() -> list[ServicePlugin]:
    """The built-in services."""
    found = load_plugins(
        "steward.services",
        PlatformSettings().services,
        fits=lambda plugin: isinstance(plugin, ServicePlugin),
        shape="a ServicePlugin",
    )
    return list(found.values())


def consumers_of(topology: Topology, stream: Any) -> list[str]:
    """Which services take a stream."""
    return sorted(service.name for service in topology.services if stream in service.handles)


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

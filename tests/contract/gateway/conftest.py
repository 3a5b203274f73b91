"""The gateway of the unit tests, for what tries it field by field or message by message."""

from __future__ import annotations

from tests.unit.gateway.conftest import app, browser, client, development_app, services, shared_services

__all__ = ["app", "browser", "client", "development_app", "services", "shared_services"]

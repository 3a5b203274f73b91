from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.gateway_fakes import FakeServices, a_development_gateway, a_gateway

# Building the application takes a tenth of a second, so two are built once; their services forget between tests.


@pytest.fixture(scope="session")
def shared_services() -> FakeServices:
    """The services that both applications reach."""
    return FakeServices()


@pytest.fixture(scope="session")
def app(shared_services: FakeServices) -> Flask:
    """A gateway that trusts a real identity provider."""
    return a_gateway(shared_services)


@pytest.fixture(scope="session")
def development_app(shared_services: FakeServices, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A gateway with demo sign-ins."""
    return a_development_gateway(shared_services, tmp_path_factory.mktemp("data"))


@pytest.fixture
def services(shared_services: FakeServices) -> FakeServices:
    """Services that answer as usual until told otherwise."""
    shared_services.forget()
    return shared_services


@pytest.fixture
def client(app: Flask, services: FakeServices) -> FlaskClient:
    """A caller with a real identity provider's tokens."""
    return app.test_client()


@pytest.fixture
def browser(development_app: Flask, services: FakeServices) -> FlaskClient:
    """A browser on a development platform, not signed in."""
    return development_app.test_client()

"""docker-compose.yml keeps to the Compose Specification and to our own rules: least privilege, health, scaling.

No container engine is needed: the file is held against the specification's published schema and read as data.
"""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gateway.settings import GatewaySettings
from services.notifications.settings import WebhookSettings
from shared.messaging.broker.definitions import broker_users, passwords_from, service_user
from shared.messaging.broker.topology import ServiceDeclaration, build
from shared.runtime.settings import PlatformSettings
from shared.settings import describe_settings

PROJECT = Path(__file__).resolve().parents[2]
TEXT = (PROJECT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
NAMEKO_SERVICES = PlatformSettings().services
OURS = (*NAMEKO_SERVICES, "gateway")
ONE_SHOT = ("definitions", "migrate")
ENGINES = ("rabbitmq", "mongodb", "elasticsearch")
SCHEMA = json.loads((PROJECT / "tests/support/schemas/compose-spec.json").read_text())
PASSWORD = re.compile(r"\$\{(STEWARD_PASSWORD_[A-Z_]+)(?P<rule>[^}]*)\}")


def breaches(compose: dict[str, Any]) -> list[str]:
    """What the specification's schema says against a compose file."""
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(compose)]


def on(network: str) -> set[str]:
    """The containers on a network."""
    return {name for name, service in SERVICES.items() if network in service.get("networks", [])}


def test_the_file_keeps_to_the_compose_specification() -> None:
    assert breaches(COMPOSE) == []


@pytest.mark.parametrize(
    ("key", "value"), [("helthcheck", {}), ("ports", "8000"), ("restart", True), ("depends_on", {"migrate": {}})]
)
def test_the_schema_finds_a_planted_breach(key: str, value: Any) -> None:
    broken = copy.deepcopy(COMPOSE)
    broken["services"]["ledger"][key] = value

    assert breaches(broken)


def test_there_is_a_container_for_each_service_the_gateway_the_jobs_and_the_engines_and_nothing_else() -> None:
    assert set(SERVICES) == {*OURS, *ONE_SHOT, *ENGINES}


@pytest.mark.parametrize("name", [*OURS, *ENGINES])
def test_what_runs_on_has_a_health_check_and_starts_again(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ONE_SHOT)
def test_a_one_shot_job_ends_and_is_waited_for(name: str) -> None:
    waiting = [s for s in SERVICES.values() if name in s.get("depends_on", {})]

    assert SERVICES[name]["restart"] == "no"
    assert waiting
    assert all(s["depends_on"][name] == {"condition": "service_completed_successfully"} for s in waiting)


@pytest.mark.parametrize("name", NAMEKO_SERVICES)
def test_a_service_is_started_by_its_name_and_after_the_migrations(name: str) -> None:
    assert SERVICES[name]["command"] == ["steward", "run", name]
    assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_engines_are_healthy_before_the_migrations_begin() -> None:
    assert SERVICES["migrate"]["depends_on"] == {
        "rabbitmq": {"condition": "service_healthy"},
        "mongodb": {"condition": "service_healthy"},
    }


def test_no_password_has_a_default_and_each_is_required() -> None:
    uses = list(PASSWORD.finditer(TEXT))
    required = {use[1] for use in uses if use["rule"].startswith(":?")}

    assert {use["rule"] for use in uses} <= {"", ":?see .env.example"}
    assert required == {use[1] for use in uses}


def test_the_example_environment_names_every_variable_and_gives_no_password() -> None:
    example = dict(
        line.split("=", 1) for line in (PROJECT / ".env.example").read_text().splitlines() if re.match(r"[A-Z]", line)
    )

    assert set(re.findall(r"\$\{([A-Z_]+)", TEXT)) == set(example)
    assert [name for name, value in example.items() if name.startswith("STEWARD_PASSWORD_") and value] == []


def test_only_the_gateway_publishes_a_port_and_only_on_loopback() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["gateway"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["gateway"]["ports"])


@pytest.mark.parametrize("name", OURS)
def test_a_service_can_be_scaled(name: str) -> None:
    fixed = [port for port in SERVICES[name].get("ports", []) if "-" not in port]

    assert SERVICES[name].keys().isdisjoint({"container_name", "hostname"})
    assert fixed == []


def test_stores_broker_and_search_are_on_networks_without_a_way_out() -> None:
    inside = {name for name, network in COMPOSE["networks"].items() if (network or {}).get("internal")}

    assert inside == {"messages", "stores", "search"}
    assert all(set(SERVICES[name]["networks"]) <= inside for name in ENGINES)
    assert on("outside") == {"notifications", "gateway"}


def test_only_the_pa_registry_sees_the_search_engine_and_the_gateway_sees_no_store() -> None:
    assert on("search") == {"pa_registry", "elasticsearch"}
    assert "stores" not in SERVICES["gateway"]["networks"]


@pytest.mark.parametrize("name", OURS)
def test_each_process_signs_in_as_itself(name: str) -> None:
    environment = SERVICES[name]["environment"]
    urls = [url for variable, url in environment.items() if variable in ("STEWARD_BROKER_URL", "STEWARD_STORE_URL")]

    assert urls
    for url in urls:
        assert url.split("://")[1].split(":")[0] == (name if name == "gateway" else service_user(name))
        assert f"${{STEWARD_PASSWORD_{name.upper()}" in url


@pytest.mark.parametrize("name", [*OURS, *ONE_SHOT])
def test_our_own_containers_write_nowhere_but_their_volumes_and_have_no_privileges(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_has_limits(name: str) -> None:
    assert {"cpus", "memory"} <= SERVICES[name]["deploy"]["resources"]["limits"].keys()


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_is_pinned_to_a_minor_version_and_keeps_its_data_in_a_named_volume(name: str) -> None:
    volumes = [volume.split(":")[0] for volume in SERVICES[name]["volumes"]]

    assert re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?", SERVICES[name]["image"])
    assert name in volumes
    assert name in COMPOSE["volumes"]


def test_every_setting_given_to_a_process_is_one_that_it_reads() -> None:
    known = {
        line.variable for cls in (PlatformSettings, GatewaySettings, WebhookSettings) for line in describe_settings(cls)
    }
    given = {name for own in OURS for name in SERVICES[own]["environment"]}

    assert given <= known


def test_the_image_is_built_in_stages_without_a_compiler_and_runs_as_nobody_special() -> None:
    dockerfile = (PROJECT / "infra/container/Dockerfile").read_text()
    final = dockerfile.rpartition("\nFROM ")[2]

    assert dockerfile.count("FROM python:3.11-slim") == 2
    assert "--require-hashes" in dockerfile
    assert "apt-get" not in dockerfile
    assert "pip install" not in final
    assert re.search(r"^USER 10001:10001$", final, re.MULTILINE)


def test_the_files_that_compose_and_the_image_take_from_the_project_are_there() -> None:
    dockerfile = (PROJECT / "infra/container/Dockerfile").read_text()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
    mounted = [v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", []) if v.startswith("./")]
    commands = [word for s in SERVICES.values() for word in s.get("command", []) if re.match(r"(infra|gateway)/", word)]

    wanted = [*(word for line in copied for word in line.split()), *mounted, *commands]

    assert [path for path in wanted if not list(PROJECT.glob(path.removeprefix("./")))] == []


def test_the_broker_users_that_compose_signs_in_as_are_those_of_the_topology() -> None:
    declared = [ServiceDeclaration(name=name, publishes=(), handles=()) for name in NAMEKO_SERVICES]
    exported = {user.name for user in broker_users(build(declared, ()))}
    environments = [service.get("environment", {}) for service in SERVICES.values()]
    urls = [environment["STEWARD_BROKER_URL"] for environment in environments if "STEWARD_BROKER_URL" in environment]

    signing_in = {url.removeprefix("amqp://").split(":")[0] for url in urls if "@" in url}

    assert signing_in == {*(service_user(name) for name in NAMEKO_SERVICES), "gateway", "deploy"}
    assert signing_in <= exported


def test_the_broker_learns_the_password_of_every_user_that_compose_signs_in_as(monkeypatch: pytest.MonkeyPatch) -> None:
    job = SERVICES["definitions"]
    for variable, value in job["environment"].items():
        monkeypatch.setenv(variable, value)

    known = passwords_from(job["command"][job["command"].index("--passwords") + 1])

    for name in NAMEKO_SERVICES:
        assert known[service_user(name)] == f"${{STEWARD_PASSWORD_{name.upper()}}}"
    assert known["gateway"] == "${STEWARD_PASSWORD_GATEWAY}"
    assert known["deploy"].startswith("${STEWARD_PASSWORD_DEPLOY")

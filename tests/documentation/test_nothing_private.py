"""Nothing of one machine, of private registries or of real people is in the project."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.documentation.pages import project_files, text_of

MACHINE_PATH = re.compile(r"(?<![\w.$}~])/(?:work|root|home|Users|mnt|var/tmp)/[\w.]")
TEMPORARY = re.compile(r"(?<![\w.$}~:\[])/tmp/\w")
HOST = re.compile(r"https?://(?:[^\s/@\"'<>`]*@)?([A-Za-z0-9][A-Za-z0-9.-]*)")
EMAIL = re.compile(r"(?<![\\\w.+%-])[\w.+%-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)\b")
NAME = re.compile(r"""["']?\b(?:to_)?name["']?\s*[:=]\s*["']([A-Z]\w+(?: [A-Z][\w'-]+)+)["']""")
MOBILE = re.compile(r"\b07\d{3} ?\d{6}\b|\+447\d{9}\b")

PUBLIC_HOSTS = {
    "www.w3.org": "XML namespaces and trace context",
    "www.apache.org": "the licence",
    "json-schema.org": "names of schema dialects",
    "www.standardwebhooks.com": "the standard that webhooks keep to",
    "www.asyncapi.com": "the owner of a vendored schema",
    "fhir.nhs.uk": "names of the NHS code systems and identifiers",
    "fhir.hl7.org.uk": "the name of a UK Core extension",
}
RESERVED = re.compile(r"(?:.*\.)?(?:example|test|invalid|localhost)(?:\.(?:org|com|net))?|localhost|127(?:\.\d+){3}")
"""Names that RFC 2606 and RFC 6761 keep for examples, and this machine."""
SERVICE_HOSTS = {"rabbitmq", "mongodb", "elasticsearch", "gateway"}
"""Names of containers on a compose file's own network."""
CONTAINER_FILES = ("docker-compose.yml", "infra/container/Dockerfile")
VARIABLE = re.compile(r"\$\{[^}]*\}")
NO_ADDRESS = {"x.org", "b.org"}
"""Domains in addresses that tests show to be refused."""
SPECIMEN = ("tests/documentation/test_nothing_private.py",)
FICTITIOUS = re.compile(r"\b(?:Sample|Example)\b")
NO_PERSON = {"Case System"}


@cache
def texts() -> dict[str, str]:
    """Every file of ours as text."""
    return {name: VARIABLE.sub("VARIABLE", text_of(name)) for name in project_files() if name not in SPECIMEN}


def found(pattern: re.Pattern[str], *, apart_from: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """What the pattern finds, by file."""
    return {name: hits for name, text in texts().items() if name not in apart_from and (hits := pattern.findall(text))}


def is_public(host: str) -> bool:
    """Whether a host may be named: reserved for examples, this machine, a container, or on the list."""
    return bool(RESERVED.fullmatch(host)) or host in PUBLIC_HOSTS or host in SERVICE_HOSTS


def is_fictitious_mobile(number: str) -> bool:
    """Numbers that Ofcom keeps for drama: 07700 900000 to 900999."""
    return "7700900" in number.replace(" ", "")


def test_no_file_names_a_path_of_one_machine() -> None:
    assert found(MACHINE_PATH) == {}
    assert found(TEMPORARY, apart_from=CONTAINER_FILES) == {}


def test_no_file_names_a_host_that_is_not_public_or_reserved() -> None:
    hosts = {name: {host for host in hits if not is_public(host.rstrip("."))} for name, hits in found(HOST).items()}

    assert {name: strange for name, strange in hosts.items() if strange} == {}


def test_every_public_host_on_the_list_is_named_somewhere() -> None:
    named = {host.rstrip(".") for hits in found(HOST).values() for host in hits}

    assert set(PUBLIC_HOSTS) - named - {"www.asyncapi.com"} == set()


def test_every_email_address_is_a_reserved_one() -> None:
    domains = {
        name: {d for d in hits if not RESERVED.fullmatch(d.lower())} - NO_ADDRESS for name, hits in found(EMAIL).items()
    }

    assert {name: strange for name, strange in domains.items() if strange} == {}


def test_sample_people_are_plainly_fictitious() -> None:
    people = {
        name: {hit for hit in hits if not FICTITIOUS.search(hit) and hit not in NO_PERSON}
        for name, hits in found(NAME).items()
    }

    assert {name: strange for name, strange in people.items() if strange} == {}


def test_mobile_numbers_are_those_kept_for_drama() -> None:
    numbers = {name: {hit for hit in hits if not is_fictitious_mobile(hit)} for name, hits in found(MOBILE).items()}

    assert {name: strange for name, strange in numbers.items() if strange} == {}


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (MACHINE_PATH, "see /home/someone/steward"),
        (MACHINE_PATH, '"/work/main"'),
        (TEMPORARY, "open('/tmp/data')"),
        (HOST, "https://registry.internal/simple"),
        (EMAIL, "write to somebody@council.gov.uk"),
        (NAME, 'name="Martha Miller"'),
        (MOBILE, "07911 123456"),
    ],
)
def test_what_must_not_be_there_would_be_seen(pattern: re.Pattern[str], text: str) -> None:
    [hit] = pattern.findall(text)

    assert not is_public(hit)
    assert not RESERVED.fullmatch(hit)
    assert not FICTITIOUS.search(hit)
    assert not is_fictitious_mobile(hit)


def test_the_whole_project_is_looked_at() -> None:
    assert len(texts()) > 400
    assert {"README.md", "docker-compose.yml", "shared/money.py", "gateway/demo_people.yaml"} <= set(texts())

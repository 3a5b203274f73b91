"""Pages point at what is there: links, files, commands, log events, calls and streams."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib.metadata import entry_points
from pathlib import PurePosixPath

import click
import pytest

from shared.documents.writing import service_plugins
from shared.plugins.registry import load_attribute
from shared.runtime.service import StewardService
from tests.documentation.pages import (
    CODE,
    LINK,
    PROJECT,
    anchors_of,
    headings_of,
    markdown_pages,
    project_files,
    prose_of,
    text_of,
)

ENDINGS = r"\.(?:py|pyi|md|yaml|yml|json|toml|conf|sh|js|css|html|lock|cfg|txt|ini)"
PATH = re.compile(rf"[\w.\-/]+{ENDINGS}(?!\w)")
SERVICES = {plugin.name: plugin for plugin in service_plugins()}
SERVICE_HEADINGS = ["Calls", "Events", "What always holds"]
RUNBOOK_HEADINGS = ["What you see", "What to do", "Afterwards"]
STEWARD = re.compile(r"^(?: {4,}|.*?`)(?:[\w./]*/)?steward ([a-z][^`\n]*)", re.MULTILINE)


def links_of(page: str) -> Iterator[str]:
    """The page's links, without those that lead out of the project."""
    for target in LINK.findall(prose_of(text_of(page))):
        if not re.match(r"[a-z]+:", target):
            yield target


def leads_somewhere(page: str, target: str) -> bool:
    """Whether a link's file, and its heading if it names one, are there."""
    path, _, anchor = target.partition("#")
    file = (PROJECT / page).parent / path if path else PROJECT / page
    if not file.exists():
        return False
    return not anchor or anchor in anchors_of(file.read_text(encoding="utf-8"))


def is_known(page: str, path: str) -> bool:
    """Whether a path in a text is a file: from the project's root, from the page, or the end of some file's path."""
    parts = PurePosixPath(path).parts
    near = (PROJECT / page).parent / path
    return near.exists() or any(PurePosixPath(name).parts[-len(parts) :] == parts for name in project_files())


@pytest.mark.parametrize("page", markdown_pages())
def test_every_link_leads_somewhere(page: str) -> None:
    assert [target for target in links_of(page) if not leads_somewhere(page, target)] == []


@pytest.mark.parametrize("page", markdown_pages())
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    named = {path for code in CODE.findall(prose_of(text_of(page))) for path in PATH.findall(code) if "<" not in code}

    assert {path for path in named if "*" not in path and not is_known(page, path)} == set()


@pytest.mark.parametrize(
    ("target", "leads"),
    [
        ("security.md", True),
        ("../README.md#the-two-commands", True),
        ("../README.md#the-three-commands", False),
        ("no-such-page.md", False),
        ("#nine-rules", True),
        ("#ten-rules", False),
    ],
)
def test_a_link_that_leads_nowhere_would_be_seen(target: str, leads: bool) -> None:
    assert leads_somewhere("docs/architecture.md", target) is leads


def test_a_file_that_is_not_there_would_be_seen() -> None:
    assert is_known("docs/architecture.md", "services/referrals/model/life.py")
    assert is_known("docs/architecture.md", "handlers/telling.py")
    assert not is_known("docs/architecture.md", "services/referrals/modal/life.py")
    assert not is_known("docs/architecture.md", "lers/telling.py")


def test_the_readme_names_exactly_the_two_commands() -> None:
    section = text_of("README.md").partition("## The two commands")[2].partition("\n## ")[0]
    commands = re.findall(r"^ {4}(\S+ \S+)", section, re.MULTILINE)

    assert commands == ["make run", "make test"]
    for command in commands:
        assert re.search(rf"^{command.split()[1]}:", text_of("Makefile"), re.MULTILINE)


@pytest.mark.parametrize("name", SERVICES)
def test_a_services_page_has_the_same_headings_as_its_neighbours(name: str) -> None:
    text = text_of(f"services/{name}/README.md")

    assert [heading for heading in headings_of(text) if heading in SERVICE_HEADINGS] == SERVICE_HEADINGS
    assert len(headings_of(text, 1)) == 1
    assert "| owns | what |" in text


@pytest.mark.parametrize("name", SERVICES)
def test_a_services_page_names_every_call_stream_and_collection(name: str) -> None:
    plugin, text = SERVICES[name], text_of(f"services/{name}/README.md")

    named = set(CODE.findall(text))
    assert set(calls_of(plugin.service_class)) - named == set()
    assert {stream.name for stream in (*plugin.publishes, *plugin.handles)} - named == set()
    assert {collection.name for collection in plugin.collections} - named == set()


def calls_of(service_class: str) -> list[str]:
    """The calls of a service, without those that every service answers."""
    cls, receives = load_attribute(service_class), type(_entrypoint(StewardService.send_again))
    own = [name for name in dir(cls) if not hasattr(StewardService, name)]
    return [name for name in own if isinstance(_entrypoint(getattr(cls, name)), receives)]


def _entrypoint(method: object) -> object:
    return next(iter(getattr(method, "nameko_entrypoints", ())), None)


def test_the_calls_of_a_service_are_found() -> None:
    assert {"accept_referral", "get_referral"} <= set(calls_of(SERVICES["referrals"].service_class))
    assert "on_council_message" not in calls_of(SERVICES["referrals"].service_class)
    assert "health" not in calls_of(SERVICES["referrals"].service_class)


def test_every_service_has_its_place_on_the_architecture_page() -> None:
    text = text_of("docs/architecture.md")

    assert set(re.findall(r"services/(\w+)/README\.md", text)) == set(SERVICES)


def test_the_nine_rules_are_nine() -> None:
    section = text_of("docs/architecture.md").partition("## Nine rules")[2].partition("\n## ")[0]

    assert re.findall(r"^(\d)\. ", section, re.MULTILINE) == list("123456789")


RUNBOOKS = [page for page in markdown_pages() if page.startswith("docs/runbooks/")]


@pytest.mark.parametrize("page", RUNBOOKS)
def test_a_runbook_says_what_one_sees_and_does(page: str) -> None:
    assert [heading for heading in headings_of(text_of(page)) if heading in RUNBOOK_HEADINGS] == RUNBOOK_HEADINGS


@pytest.mark.parametrize("page", RUNBOOKS)
def test_what_a_runbook_says_the_log_has_is_logged_somewhere(page: str) -> None:
    told = re.findall(r"The log has ([^\n]*(?:\n  [^\n]*)*)", text_of(page))
    events = {event for line in told for event in CODE.findall(line)}

    logged = "\n".join(text_of(name) for name in project_files() if name.endswith(".py") and "tests/" not in name)
    assert {event for event in events if f'"{event}"' not in logged} == set()
    assert events


@cache
def commands() -> dict[str, click.Command]:
    """Every `steward` command by its name."""
    return {entry.name: entry.load() for entry in entry_points(group="steward.commands")}


def complaint(line: str) -> str:
    """What is wrong with a `steward` command line; empty if nothing."""
    words = [
        word for word in shlex.split(line.partition("  ")[0].partition(" #")[0].partition(" &&")[0]) if word != "…"
    ]
    name, rest = words[0], words[1:]
    command = commands().get(name)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name, command, rest = f"{name} {rest[0]}", command.commands.get(rest[0]), rest[1:]
    if command is None:
        return f"no command `steward {name}`"
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    unknown = [word for word in rest if word.startswith("--") and word.partition("=")[0] not in known]
    return f"`steward {name}` has no {', '.join(unknown)}" if unknown else ""


@pytest.mark.parametrize("page", [page for page in markdown_pages() if STEWARD.search(text_of(page))])
def test_every_command_that_a_page_shows_exists(page: str) -> None:
    shown = STEWARD.findall(text_of(page))

    assert [wrong for line in shown if (wrong := complaint(line))] == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("parked replay --service ledger ID", ""),
        ("run ledger          # and the others", ""),
        ("parked mend ID", "no command `steward parked mend`"),
        ("fly", "no command `steward fly`"),
        ("search reindex --slowly", "`steward search reindex` has no --slowly"),
    ],
)
def test_a_command_that_does_not_exist_would_be_seen(line: str, wrong: str) -> None:
    assert complaint(line) == wrong

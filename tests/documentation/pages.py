"""The project's own files as git knows them, and what is in its Markdown pages."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
NOT_OURS = ("tests/support/schemas/",)


@cache
def project_files() -> tuple[str, ...]:
    """Every file that is, or is about to be, under version control."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607  (git is where it is)
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return tuple(name for name in listed if (PROJECT / name).is_file() and not name.startswith(NOT_OURS))


def markdown_pages() -> tuple[str, ...]:
    return tuple(name for name in project_files() if name.endswith(".md"))


def text_of(name: str) -> str:
    """A file as text; empty for one that isn't text."""
    try:
        return (PROJECT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def prose_of(text: str) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", text)


def headings_of(text: str, level: int = 2) -> list[str]:
    """The headings of one level, in order."""
    return re.findall(rf"^{'#' * level} (.+)$", prose_of(text), re.MULTILINE)


def anchors_of(text: str) -> set[str]:
    """What a link may point at within a page, as GitHub names it."""
    headings = re.findall(r"^#+ (.+)$", prose_of(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}

"""A real browser on a real platform, and what every page must be for everyone who reads it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.support.waiting import patience

WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}
PATIENCE_MS = patience(20_000)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

FAULTS = (Path(__file__).parent / "page_faults.js").read_text(encoding="utf-8")
"""A function that lists, in sentences, what a page keeps from someone: WCAG 2.2 AA as far as a machine sees it."""


def chromium() -> str | None:
    """Where this machine's Chromium is, if it has one."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def a_browser() -> Iterator[Browser]:
    """This machine's Chromium, without a window."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass(kw_only=True)
class Visit:
    """Someone at a screen of one width. Pictures of what they see go into `folder`."""

    address: str
    page: Page
    folder: Path
    width: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Goes to a page of the platform."""
        self.page.goto(f"{self.address}{path}")

    def sign_in(self, name: str, *, council: str = "Cheshire East") -> None:
        """Signs in by the page of demo people, as whoever bears this name."""
        self.open("/sign-in")
        self.page.get_by_role("button", name=name).click()
        expect(self.page.get_by_text(f"Signed in as {name}")).to_be_visible()

    def go(self, name: str) -> None:
        """Follows the navigation, which is behind a button on a phone."""
        if self.width == "phone":
            self.page.get_by_role("button", name="Menu").click()
        self.page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()

    def look(self, name: str) -> None:
        """Takes a picture of the whole page and checks it for everyone. Raises `AssertionError` with every fault."""
        self.page.screenshot(path=self.folder / f"{name}-{self.width}.png", full_page=True)
        faults = self.page.evaluate(FAULTS)
        assert faults == [], f"{name} at {self.width}: {faults}"
        assert self.complaints == [], f"{name} at {self.width}: {self.complaints}"


@contextmanager
def a_visit(browser: Browser, address: str, folder: Path, width: str) -> Iterator[Visit]:
    """A window of its own, in which every complaint of the browser is kept."""
    wide, high = WIDTHS[width]
    context = browser.new_context(
        viewport={"width": wide, "height": high},
        has_touch=width == "phone",
        device_scale_factor=1,
        locale="en-GB",
        timezone_id="Europe/London",
    )
    context.set_default_timeout(PATIENCE_MS)
    visit = Visit(address=address, page=context.new_page(), folder=folder, width=width)
    visit.page.on("console", lambda message: _heard(visit, message))
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    visit.page.on("response", lambda reply: _answered(visit, reply))
    yield visit
    context.close()


def _heard(visit: Visit, message: ConsoleMessage) -> None:
    if message.type in ("error", "warning"):
        visit.complaints.append(f"console: {message.text}")


def _answered(visit: Visit, reply: Any) -> None:
    if reply.status >= 400:
        visit.complaints.append(f"{reply.status} {reply.url}")

"""People at the pages over plain HTTP, as a browser without scripts shows them: what a page says, and its forms sent."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from html.parser import HTMLParser

import requests

from gateway.session import COOKIE

SECONDS = 60
Boxes = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A page that was answered."""

    status: int
    page: str
    place: str

    @property
    def words(self) -> str:
        """Its text without marks, entities as what they stand for."""
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", self.page)))

    @property
    def links(self) -> list[str]:
        """Where its links lead."""
        return [html.unescape(found) for found in re.findall(r'<a [^>]*href="([^"]+)"', self.page)]

    def link(self, pattern: str) -> str:
        """The one link that looks so."""
        found = sorted({link for link in self.links if re.fullmatch(pattern, link)})
        assert len(found) == 1, f"{pattern}: {found} among {self.links}"
        return found[0]


class PageVisitor:
    """Somebody signed in. `address` is the platform's, `token` theirs."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address
        self._session = requests.Session()
        self._session.headers.update({"Accept": "text/html", "Origin": address})
        self._session.cookies.set(COOKIE, token)

    def see(self, place: str, *, status: int = 200) -> Seen:
        """The page, which has to be answered so."""
        reply = self._session.get(f"{self._address}{place}", timeout=SECONDS)
        assert reply.status_code == status, f"{place}: {reply.status_code}\n{_seen(reply).words}"
        return _seen(reply)

    def file(self, place: str) -> requests.Response:
        """A file that a page leads to."""
        return self._session.get(f"{self._address}{place}", timeout=SECONDS)

    def send(
        self, place: str, boxes: Boxes | None = None, *, files: dict[str, tuple[str, bytes]] | None = None
    ) -> Seen:
        """Fills in the form at a place and sends it; the page that this leads to."""
        form = form_of(self.see(place).page, place)
        unknown = set(boxes or {}) - form.names
        assert not unknown, f"the form at {place} has no {unknown}, but {form.names}"
        kept = form.kept | (boxes or {})
        reply = self._session.post(f"{self._address}{form.action}", data=kept, files=files, timeout=SECONDS)
        return _seen(reply)

    def press(self, place: str, action: str) -> Seen:
        """Presses the button on a page that is sent to an address; the page that this leads to."""
        form = form_of(self.see(place).page, action)
        return _seen(self._session.post(f"{self._address}{action}", data=form.kept, timeout=SECONDS))


class PageForm(HTMLParser):
    """The forms of a page: where each is sent, its boxes, and what stands in those that are not emptied by hand."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.names: set[str] = set()
        self.kept: Boxes = {}
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = told.get("action") == self.action
        elif self._inside and tag in ("input", "textarea") and "name" in told:
            self.names.add(told["name"])
            chosen = told.get("type") not in ("radio", "checkbox", "file") or "checked" in told
            if tag == "input" and chosen:
                self.kept[told["name"]] = told.get("value", "")


def form_of(page: str, place: str) -> PageForm:
    """The page's form that is sent to the place itself."""
    found = PageForm(place.partition("?")[0])
    found.feed(page)
    assert found.names, f"{place} has no form"
    return found


def _seen(reply: requests.Response) -> Seen:
    return Seen(status=reply.status_code, page=reply.text, place=reply.url)

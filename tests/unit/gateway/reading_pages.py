"""Pages as a person reads them."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from tests.support.gateway_fakes import sign_in_by_page


def page_of(browser: FlaskClient, place: str, person: str = "") -> str:
    """A page as a person sees it."""
    if person:
        sign_in_by_page(browser, person)
    answer = browser.get(place, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def words_of(page: str) -> str:
    """The page's text without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))

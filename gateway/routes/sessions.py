"""Signing in and out by browser on a development platform, and the token that a demo person gets."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.api import serves
from gateway.asking import gateway
from gateway.development import DemoPerson, DevelopmentSignIn
from gateway.session import check_same_origin, end_session, keep_session
from shared.errors import NotFound, invalid

sessions = Blueprint("sessions", __name__)


@sessions.get("/sign-in")
@serves("session.sign_in")
def choose_person() -> str:
    """The demo people by role."""
    people = _sign_in().people.values()
    return render_template("sign_in.html", groups=_by_role(people), next_page=_local(request.args.get("next", "/")))


@sessions.post("/sign-in")
@serves("session.sign_in")
def sign_in() -> AnyResponse:
    """Signs a browser in as a demo person."""
    check_same_origin(request)
    person = _sign_in().people.get(request.form.get("person", ""))
    if person is None:
        raise invalid("person", "choice", "Choose one of the people on the page.")
    response = redirect(_local(request.form.get("next", "/")), 303)
    assert isinstance(response, Response)  # noqa: S101  flask's redirect gives the application's own response class
    keep_session(response, _sign_in().token_for(person), secure=request.is_secure)
    return response


@sessions.post("/sign-out")
@serves("session.sign_out")
def sign_out() -> AnyResponse:
    """Signs a browser out."""
    check_same_origin(request)
    response = redirect(url_for("overview.home"), 303)
    assert isinstance(response, Response)  # noqa: S101  flask's redirect gives the application's own response class
    end_session(response)
    return response


def _sign_in() -> DevelopmentSignIn:
    found = gateway().identity.sign_in
    if found is None:
        raise NotFound("This platform signs nobody in by itself: use your identity provider.")
    return found


def _by_role(people: Iterable[DemoPerson]) -> list[tuple[str, list[DemoPerson]]]:
    titles = gateway().permissions.roles
    ordered = sorted(people, key=lambda person: list(titles).index(person.role))
    return [(titles[role], list(members)) for role, members in groupby(ordered, key=attrgetter("role"))]


def _local(place: str) -> str:
    """Only an address of this platform; anything else leads home."""
    return place if place.startswith("/") and not place.startswith(("//", "/\\")) else "/"

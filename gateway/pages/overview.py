"""The front page."""

from __future__ import annotations

from flask import Blueprint

from gateway.api import serves

overview = Blueprint("overview", __name__)


@overview.get("/")
@serves("pages.home")
def home() -> str:
    return "home"

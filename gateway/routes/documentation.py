"""The API's documentation: the OpenAPI document and a page to browse it, served from here alone."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, current_app, render_template

from gateway.api import API_PREFIX, Api, json_answer, serves

documentation = Blueprint("documentation", __name__)


@documentation.get(f"{API_PREFIX}/openapi.json")
@serves("docs.read")
def openapi() -> Response:
    """OpenAPI 3.1."""
    return json_answer(openapi_document(current_app))


@documentation.get(f"{API_PREFIX}/docs")
@serves("docs.read")
def browse() -> str:
    """The same for people."""
    return render_template("docs.html")


def openapi_document(app: Flask) -> dict[str, Any]:
    """The application's OpenAPI document."""
    api: Api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    return api.document

"""The shape of every API route: one decorator that routes, names the operation, checks shapes and documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, wraps
from http import HTTPStatus
from threading import Lock
from typing import Any

import flask_smorest
from flask import Flask, Response, json, request
from marshmallow import Schema
from werkzeug.routing import BaseConverter

from gateway.problems import MEDIA_TYPE
from gateway.schemas.common import Problem
from gateway.strict import StrictParser

API_PREFIX = "/api/v1"
View = Callable[..., Any]
Answer = dict[str, Any] | Response

_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a repeat safe: same key and body, the first answer again; same key, other body, 422.",
    "schema": {"type": "string", "maxLength": 200},
}
_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the version that you read. If the record has changed since, the answer is 412.",
    "schema": {"type": "string"},
}


class ApiBlueprint(flask_smorest.Blueprint):
    """Routes of one service under `/api/v1`."""

    ARGUMENTS_PARSER = StrictParser()

    def operation(
        self,
        verb: str,
        rule: str,
        name: str,
        *,
        answer: type[Schema],
        body: type[Schema] | None = None,
        query: type[Schema] | None = None,
        status: int = 200,
        answer_types: tuple[str, ...] = (),
        body_types: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Callable[[View], View]:
        """Registers a view as operation `name` (`referrals.accept`), which must be in the role table.

        The view gets the checked body, then the checked query, then the ids of the path by name. What it returns
        becomes JSON with an ETag from its `version`. Its docstring is the operation's summary and description.
        `answer_types` are other media types that it can answer with, `body_types` the schemas of bodies that it reads
        itself.
        """

        def register(view: View) -> View:
            decorated = _answering(view, status)
            for location, schema in (("query", query), ("json", body)):
                if schema is not None:
                    decorated = self.arguments(schema, location=location)(decorated)
            decorated = self.response(status, answer)(decorated)
            for media_type in answer_types:
                decorated = self.alt_response(status, content_type=media_type, success=True)(decorated)
            decorated = self.doc(**_documented(name, verb, body_types))(decorated)
            decorated.operation_id = name  # type: ignore[attr-defined]
            self.route(f"{API_PREFIX}{rule}", methods=[verb])(decorated)
            return view

        return register


class Api(flask_smorest.Api):
    """OpenAPI for our routes, written when it is first asked for; errors are left to `gateway.problems`."""

    ERROR_SCHEMA = Problem

    def __init__(self, app: Flask, *, spec_kwargs: dict[str, Any]) -> None:
        self._described: list[flask_smorest.Blueprint] = []
        self._writing = Lock()
        super().__init__(app, spec_kwargs=spec_kwargs)

    def register_blueprint(self, blp: flask_smorest.Blueprint, **options: Any) -> None:
        """Adds its routes; to describe them takes as long as all else that a start of the application does."""
        self._app.register_blueprint(blp, **options)
        self._described.append(blp)

    @property
    def document(self) -> dict[str, Any]:
        """The whole of it."""
        with self._writing:
            return self._document

    @cached_property
    def _document(self) -> dict[str, Any]:
        for blueprint in self._described:
            blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
            self.spec.tag({"name": blueprint.name, "description": blueprint.description})
        document: dict[str, Any] = self.spec.to_dict()
        return document

    def _register_error_handlers(self) -> None:
        """Problems are registered by `register_problems`, for pages and API alike."""

    def _register_responses(self) -> None:
        usual = self.DEFAULT_RESPONSE_CONTENT_TYPE
        self.DEFAULT_RESPONSE_CONTENT_TYPE = MEDIA_TYPE
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = usual

    def _register_pagination_header(self) -> None:
        """Pages carry their cursor in the body."""


class IdConverter(BaseConverter):
    """An id in a path: a letter or digit, then letters, digits and `. _ : -`, 128 at most. Anything else is no
    address here.
    """

    regex = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}"


def add_id_converter(app: Flask) -> None:
    """Routes may say `<id:referral_id>`."""
    app.url_map.converters["id"] = IdConverter


def id_parameter(_converter: BaseConverter) -> dict[str, Any]:
    """How an id in a path appears in OpenAPI."""
    return {"type": "string", "pattern": f"^{IdConverter.regex}$"}


def operation_of(view: View) -> str | None:
    """The operation that a view was registered as."""
    return getattr(view, "operation_id", None)


def serves(operation: str) -> Callable[[View], View]:
    """Names the operation of a view outside the API (a page, a probe), which must be in the role table too."""

    def name(view: View) -> View:
        view.operation_id = operation  # type: ignore[attr-defined]
        return view

    return name


def json_answer(document: Mapping[str, Any], status: int = 200) -> Response:
    """The document as JSON, with an ETag from its version; 304 when the caller has that version already."""
    version = document.get("version")
    etag = f'"{version}"' if isinstance(version, int) else None
    if etag and request.method == "GET" and request.headers.get("If-None-Match") == etag:
        return Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
    response = Response(json.dumps(document), status=status, mimetype="application/json")
    if etag:
        response.headers["ETag"] = etag
    if status == HTTPStatus.CREATED and "id" in document:
        response.headers["Location"] = f"{request.path}/{document['id']}"
    return response


def _answering(view: View, status: int) -> View:
    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Response:
        result = view(*args, **kwargs)
        return result if isinstance(result, Response) else json_answer(result, status)

    return answer


def _documented(name: str, verb: str, body_types: Mapping[str, Mapping[str, Any]] | None) -> dict[str, Any]:
    documented: dict[str, Any] = {
        "operationId": name,
        "responses": {"default": "DEFAULT_ERROR"},
    }
    headers = {"POST": [_KEY, _MATCH], "PATCH": [_MATCH], "PUT": [_MATCH]}.get(verb)
    if headers:
        documented["parameters"] = headers
    if body_types:
        content = {media_type: {"schema": schema} for media_type, schema in body_types.items()}
        documented["requestBody"] = {"required": True, "content": content}
    return documented

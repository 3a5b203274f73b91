"""Errors as RFC 9457 problem documents: one table from kind to status, one shape for all, no stack trace."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, current_app, json, render_template, request
from werkzeug.exceptions import HTTPException

from gateway.asking import caller_or_none, correlation_id, gateway
from shared.errors import StewardError
from shared.messaging.calls.circuit import CircuitOpen

MEDIA_TYPE = "application/problem+json"
PROBLEMS_PAGE = "/problems"

STATUS_BY_KIND = {
    "malformed": 400,
    "invalid": 422,
    "not-found": 404,
    "conflict": 409,
    "forbidden": 403,
    "stale": 412,
    "key-reused": 422,
    "policy-incomplete": 409,
    "unavailable": 503,
    "too-large": 413,
    "unauthenticated": 401,
}
KIND_BY_STATUS = {
    400: "malformed",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
}
MEANINGS = {
    "malformed": "The request could not be read: bad JSON, bad UTF-8, a repeated key, a header in the wrong form.",
    "invalid": "The request was read, and a field or the whole breaks a rule; `errors` names each field.",
    "not-found": "There is no such thing here, or you may not know whether there is.",
    "conflict": "The step is not possible in the record's present state.",
    "forbidden": "Your role does not allow this operation; the detail names the rule.",
    "stale": "The record has changed since you read it: read it again, then send its new ETag in If-Match.",
    "key-reused": "This Idempotency-Key or event id was used before with other content.",
    "policy-incomplete": "The council's policy pack leaves open a value that this step needs.",
    "unavailable": "A part of the platform cannot answer now; Retry-After says when to try again.",
    "too-large": "The body is larger than this platform's documented limit.",
    "unauthenticated": "There is no valid token; WWW-Authenticate says which scheme is needed.",
    "method-not-allowed": "This address does not take this method; Allow lists those that it takes.",
    "not-acceptable": "The answer cannot be given in a format that Accept allows.",
    "unsupported-media-type": "Send the body in the content type that the documentation names.",
    "error": "Something went wrong on our side; the reference lets an operator find it.",
}

log = structlog.get_logger(__name__)


def register_problems(app: Flask) -> None:
    """Every way in which a request can fail ends here."""
    app.register_error_handler(StewardError, refused)
    app.register_error_handler(HTTPException, not_served)
    app.register_error_handler(Exception, failed)


def refused(error: StewardError) -> Response:
    """A refusal by the gateway or by a service."""
    problem = error.problem()
    status = STATUS_BY_KIND.get(str(problem.get("kind")), 500)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return failed(error)
    answer = problem_response(status, problem)
    if isinstance(error, CircuitOpen):
        answer.headers["Retry-After"] = str(error.retry_after_seconds)
    _add_headers(answer)
    return answer


def not_served(error: HTTPException) -> Response:
    """What Flask itself refuses: no such address, wrong method, wrong media type, body too large."""
    if error.response is not None:  # a redirect made by the router
        return Response(status=error.get_response().status_code, headers=error.get_response().headers)
    status = error.code or 500
    kind = KIND_BY_STATUS.get(status, "malformed" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "error")
    detail = _DETAILS.get(status, error.description or "")
    answer = problem_response(
        status, {"kind": kind, "code": kind, "title": HTTPStatus(status).phrase, "detail": detail, "errors": []}
    )
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    _add_headers(answer)
    return answer


def failed(error: Exception) -> Response:
    """A defect: the caller gets a reference, the log gets the trace."""
    reference = uuid.uuid4().hex
    log.error("request.failed", reference=reference, correlation_id=correlation_id(), exc_info=error)
    problem = {
        "kind": "error",
        "code": "error",
        "title": "Something went wrong on our side",
        "detail": f"Quote this reference to the operators: {reference}",
        "errors": [],
    }
    return problem_response(500, problem, reference=reference)


def problem_response(status: int, problem: dict[str, Any], **more: Any) -> Response:
    """The problem as JSON, or as a page for a browser that asked for one."""
    document = {
        "type": f"{PROBLEMS_PAGE}#{problem['kind']}",
        "title": problem["title"],
        "status": status,
        "detail": problem["detail"],
        "code": problem["code"],
        "errors": problem.get("errors", []),
        "correlation_id": correlation_id(),
        **more,
    }
    if wants_page():
        page = render_template("problem.html", problem=document, caller=caller_or_none())
        return Response(page, status=status, mimetype="text/html")
    return Response(json.dumps(document), status=status, mimetype=MEDIA_TYPE)


def wants_page() -> bool:
    """Whether the caller is a browser looking at a page, not a client of the API."""
    if request.path.startswith("/api/"):
        return False
    best = request.accept_mimetypes.best_match(["application/json", "text/html"], default="application/json")
    return best == "text/html"


def _add_headers(answer: Response) -> None:
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="steward"'
    if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers.setdefault("Retry-After", str(gateway().settings.retry_after_seconds))
    if answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        limit = current_app.config["MAX_CONTENT_LENGTH"]
        answer.headers["Steward-Body-Limit"] = str(limit)


_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    413: "The body is larger than this platform accepts.",
}

"""What went wrong in a call, as the `error` object of nameko's protocol: service to client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

from shared.errors import FieldError, Invalid, StewardError, Unavailable, invalid
from shared.store.documents import BadCursor, StoreAway

WHOLE_INPUT = "_schema"
RULES = {
    "Missing data for required field.": "required",
    "Unknown field.": "unknown",
    "Field may not be null.": "not-null",
}


def invalid_from(error: ValidationError) -> Invalid:
    """A schema's complaints as our `Invalid`: one field error each, with dotted paths such as `addresses.0.postcode`."""
    complaints = tuple(_complaints(error.messages, ()))
    return Invalid(complaints[0].message if len(complaints) == 1 else "Some fields are not valid.", errors=complaints)


def refusal_behind(error: BaseException) -> BaseException:
    """What a caller may be told of an exception that is no refusal of ours but means one; any other comes back as it is."""
    if isinstance(error, ValidationError):
        return invalid_from(error)
    if isinstance(error, BadCursor):
        return invalid("after", "cursor", "the cursor was not issued for this list")
    if isinstance(error, StoreAway):
        return Unavailable("the service's store does not answer now; try again shortly")
    return error


def error_of(refusal: StewardError) -> dict[str, Any]:
    """The protocol's error object for a refusal: the problem travels as the only argument."""
    kind = type(refusal)
    return {
        "exc_type": refusal.code,
        "exc_path": f"{kind.__module__}.{kind.__name__}",
        "exc_args": [refusal.problem()],
        "value": refusal.detail,
    }


def internal_error(reference: str) -> dict[str, Any]:
    """The error object for what nobody foresaw: nothing of the exception leaves, only where to find it in the log."""
    problem = {
        "kind": "internal",
        "code": "internal",
        "title": "Something went wrong",
        "detail": f"Something went wrong inside the platform. Quote reference {reference}.",
        "errors": [],
        "reference": reference,
    }
    return {"exc_type": "internal", "exc_path": "internal", "exc_args": [problem], "value": problem["detail"]}


def problem_of(error: Mapping[str, Any]) -> dict[str, Any]:
    """The problem inside an error object; one from a service that is not ours tells nothing but that it failed."""
    arguments = error.get("exc_args") or [None]
    problem = arguments[0]
    if isinstance(problem, dict) and {"kind", "code", "detail"} <= problem.keys():
        return problem
    return {"kind": "internal", "code": "internal", "title": "Something went wrong", "detail": "The service failed."}


def _complaints(messages: Any, path: tuple[str, ...]) -> Iterator[FieldError]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _complaints(inner, path if name == WHOLE_INPUT else (*path, str(name)))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _complaints(inner, path)
    else:
        message = str(messages)
        yield FieldError(field=".".join(path), rule=RULES.get(message, "invalid"), message=message)

"""What can be wrong, in words that every process shares.

A service raises one of these kinds (or its own subclass, named for what is wrong); the gateway has one table from kind to
HTTP status. Nothing here knows HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """One field that breaks one rule: `field` is a dotted path, `rule` a short name, `message` a sentence."""

    field: str
    rule: str
    message: str


class StewardError(Exception):
    """Base of everything the platform refuses on purpose. `detail` is a sentence fit for the caller's eyes."""

    kind: ClassVar[str] = "error"
    title: ClassVar[str] = "Refused"

    def __init__(self, detail: str, *, errors: Iterable[FieldError] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)

    @property
    def code(self) -> str:
        """The class's name in kebab-case: `FundClosed` -> `fund-closed`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", type(self).__name__).lower()

    def problem(self) -> dict[str, Any]:
        """The error as JSON values: kind, code, title, detail and the fields at fault."""
        return {
            "kind": self.kind,
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
            "errors": [asdict(error) for error in self.errors],
        }


class Invalid(StewardError):
    """The input is malformed or breaks a rule; `errors` names each field and rule."""

    kind = "invalid"
    title = "The input is not valid"


class NotFound(StewardError):
    """There is no such record, or the caller may not know that there is one."""

    kind = "not-found"
    title = "Not found"


class Conflict(StewardError):
    """The step is not possible in the record's present state."""

    kind = "conflict"
    title = "Not possible as things stand"


class Forbidden(StewardError):
    """The caller's role does not allow this operation; the detail names the rule."""

    kind = "forbidden"
    title = "Not allowed"


class Stale(StewardError):
    """The record has changed since the caller read it."""

    kind = "stale"
    title = "The record has changed"


class KeyReused(StewardError):
    """An idempotency key or event id came again with other content."""

    kind = "key-reused"
    title = "Key used before with other content"


class PolicyIncomplete(StewardError):
    """The council's policy pack leaves open a value that this step needs."""

    kind = "policy-incomplete"
    title = "The policy leaves this open"


class Unavailable(StewardError):
    """A part of the platform cannot answer now; trying later may help."""

    kind = "unavailable"
    title = "Not available now"


class TooLarge(StewardError):
    """The input is larger than the documented limit."""

    kind = "too-large"
    title = "Too large"


class Unauthenticated(StewardError):
    """There is no valid token."""

    kind = "unauthenticated"
    title = "Sign in needed"


class Refusal(StewardError):
    """A problem received from another process, raised again with its own kind and code."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(
            str(problem.get("detail", "")), errors=[FieldError(**error) for error in problem.get("errors", ())]
        )
        self._problem = dict(problem)

    @property
    def code(self) -> str:
        return str(self._problem.get("code", "refused"))

    def problem(self) -> dict[str, Any]:
        return dict(self._problem)


def invalid(field: str, rule: str, message: str) -> Invalid:
    """An `Invalid` about a single field."""
    return Invalid(message, errors=[FieldError(field=field, rule=rule, message=message)])

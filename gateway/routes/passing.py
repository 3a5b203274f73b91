"""Operations that pass what was asked on to a service: the ids of the path beside the body or the query, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import Schema

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas.common import page_of

Fields = dict[str, Any]


def reading(
    blueprint: ApiBlueprint, rule: str, operation: str, about: str, *, service: str, method: str, answer: type[Schema]
) -> None:
    """`GET` of one record."""

    def view(**ids: str) -> Fields:
        return ask(service, method, ids)

    blueprint.operation("GET", rule, operation, answer=answer)(_named(view, method, about))


def listing(
    blueprint: ApiBlueprint,
    rule: str,
    operation: str,
    about: str,
    *,
    service: str,
    method: str,
    query: type[Schema] | None,
    item: type[Schema],
) -> None:
    """`GET` of a page of records."""

    def view(asked: Fields | None = None, **ids: str) -> Fields:
        return ask(service, method, {**(asked or {}), **ids})

    blueprint.operation("GET", rule, operation, query=query, answer=page_of(item))(_named(view, method, about))


def changing(
    blueprint: ApiBlueprint,
    rule: str,
    operation: str,
    about: str,
    *,
    service: str,
    method: str,
    body: type[Schema],
    answer: type[Schema],
    status: int = 200,
    verb: str = "POST",
) -> None:
    """A command; `If-Match` guards it."""

    def view(given: Fields, **ids: str) -> Fields:
        return change(service, method, {**given, **ids})

    blueprint.operation(verb, rule, operation, body=body, answer=answer, status=status)(_named(view, method, about))


def _named(view: Callable[..., Fields], name: str, about: str) -> Callable[..., Fields]:
    """The view under the name and with the text that it is documented by."""
    view.__name__, view.__doc__ = name, about
    return view

from collections.abc import Callable
from typing import Any, TypeVar

import flask
from apispec import APISpec

F = TypeVar("F", bound=Callable[..., Any])

class Blueprint(flask.Blueprint):
    ARGUMENTS_PARSER: Any
    description: str
    def __init__(self, name: str, import_name: str, *, description: str = ..., **options: Any) -> None: ...
    def arguments(
        self,
        schema: Any,
        *,
        location: str = ...,
        content_type: str | None = ...,
        required: bool = ...,
        description: str | None = ...,
    ) -> Callable[[F], F]: ...
    def response(
        self,
        status_code: int,
        schema: Any = ...,
        *,
        content_type: str | None = ...,
        description: str | None = ...,
        headers: Any = ...,
    ) -> Callable[[F], F]: ...
    def alt_response(
        self,
        status_code: int,
        *,
        schema: Any = ...,
        content_type: str | None = ...,
        description: str | None = ...,
        success: bool = ...,
    ) -> Callable[[F], F]: ...
    def register_views_in_doc(self, api: Api, app: flask.Flask, spec: APISpec, *, name: str, parameters: Any) -> None: ...
    @staticmethod
    def doc(**kwargs: Any) -> Callable[[F], F]: ...

class Api:
    ERROR_SCHEMA: Any
    DEFAULT_RESPONSE_CONTENT_TYPE: str
    spec: APISpec
    _app: flask.Flask
    def __init__(self, app: flask.Flask | None = ..., *, spec_kwargs: dict[str, Any] | None = ...) -> None: ...
    def register_converter(self, converter: Any, func: Callable[..., Any]) -> None: ...
    def register_field(self, field: Any, *args: str | None) -> None: ...
    def register_blueprint(self, blp: Blueprint, **options: Any) -> None: ...
    def _register_error_handlers(self) -> None: ...
    def _register_responses(self) -> None: ...

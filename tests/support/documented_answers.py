"""Holds the API's answers against its OpenAPI document: every field told is documented, and every type is right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

JSON_TYPES = {str: "string", int: "integer", bool: "boolean", type(None): "null", float: "number", list: "array"}
VERBS = ("get", "post", "put", "patch")
Schema = Mapping[str, Any]


@dataclass(kw_only=True)
class AnswerCheck:
    """Checks answers as they pass by, and remembers what was not as documented and which operations answered."""

    document: Mapping[str, Any]
    findings: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)

    def operations(self) -> set[str]:
        """Every operation of the document."""
        return {operation["operationId"] for path in self.document["paths"].values() for operation in _verbs(path)}

    def see(self, verb: str, path: str, answer: requests.Response) -> None:
        """One answer of the API."""
        if answer.headers.get("content-type", "").partition(";")[0] != "application/json":
            return
        operation = self._operation(verb.lower(), path)
        if operation is None:
            return
        name = operation["operationId"]
        self.answered.add(name)
        told = operation["responses"].get(str(answer.status_code), {}).get("content", {}).get("application/json")
        if told is None:
            self.findings.add(f"{name}: status {answer.status_code} is not documented")
        else:
            self._compare(told["schema"], answer.json(), name)

    def _operation(self, verb: str, path: str) -> Mapping[str, Any] | None:
        templates = sorted(self.document["paths"], key=lambda template: template.count("{"))
        for template in templates:
            shape = re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(template))
            if re.fullmatch(shape, path) and verb in self.document["paths"][template]:
                found: Mapping[str, Any] = self.document["paths"][template][verb]
                return found
        return None

    def _compare(self, schema: Schema, value: Any, where: str) -> None:
        schema = self._chosen(self._resolved(schema), value)
        if isinstance(value, dict):
            self._compare_object(schema, value, where)
        elif isinstance(value, list) and "items" in schema:
            for item in value:
                self._compare(schema["items"], item, f"{where}[]")
        elif "type" in schema:
            self._compare_plain(schema, value, where)

    def _compare_object(self, schema: Schema, value: Mapping[str, Any], where: str) -> None:
        documented = schema.get("properties")
        if documented is None:
            return
        self.findings |= {f"{where}.{name}: not documented" for name in value.keys() - documented.keys()}
        self.findings |= {f"{where}.{name}: missing" for name in set(schema.get("required", ())) - value.keys()}
        for name in value.keys() & documented.keys():
            self._compare(documented[name], value[name], f"{where}.{name}")

    def _compare_plain(self, schema: Schema, value: Any, where: str) -> None:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        told = JSON_TYPES[type(value)]
        if told not in types:
            self.findings.add(f"{where}: {told}, documented as {types}")
        if "enum" in schema and value is not None and value not in schema["enum"]:
            self.findings.add(f"{where}: {value!r} is not among {schema['enum']}")

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def _chosen(self, schema: Schema, value: Any) -> Schema:
        """Of several shapes, the one that is meant: null, or the other."""
        shapes = [self._resolved(shape) for shape in schema.get("anyOf", ())]
        fitting = [shape for shape in shapes if (shape.get("type") == "null") == (value is None)]
        return fitting[0] if fitting else schema


@contextmanager
def watched(check: AnswerCheck, monkeypatch: Any, address: str) -> Iterator[None]:
    """Every answer that `requests` gets from this address goes by `check`."""
    usual = requests.Session.request

    def request(session: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
        answer = usual(session, method, url, **options)
        if url.startswith(address) and not options.get("stream"):
            check.see(method, url.removeprefix(address).partition("?")[0], answer)
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(requests.Session, "request", request)
        yield


def _verbs(path: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [path[verb] for verb in VERBS if verb in path]

"""Reads the templates that ship with this service."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml

from services.notifications.errors import BadTemplate
from services.notifications.model.wording import Wording, check_wording


def load_wordings() -> Mapping[str, Wording]:
    """Every template by name. Raises `BadTemplate`."""
    folder = files("services.notifications") / "templates"
    texts = {entry.name.removesuffix(".yaml"): entry.read_text(encoding="utf-8") for entry in folder.iterdir()}
    return MappingProxyType({name: read_wording(name, text) for name, text in sorted(texts.items())})


def read_wording(name: str, text: str) -> Wording:
    """One template from its YAML. Raises `BadTemplate`."""
    given: Any = yaml.safe_load(text)
    try:
        return check_wording(Wording(name=name, **given))
    except TypeError as error:
        raise BadTemplate(f"{name}: {error}") from error

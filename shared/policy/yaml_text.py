"""YAML as data files want it: no floats, no key twice, dates left as text, only true and false as flags."""

from __future__ import annotations

from typing import Any

import yaml

from shared.policy.errors import PackRefused

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST = 20
_LEFT_AS_TEXT = "tag:yaml.org,2002:timestamp"


class _StrictLoader(_Base):  # type: ignore[misc]  # which loader there is depends on how PyYAML was built
    yaml_implicit_resolvers = {  # noqa: RUF012  PyYAML's own attribute
        first: [resolver for resolver in resolvers if resolver[0] != _LEFT_AS_TEXT]
        for first, resolvers in _Base.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise _refusal(f"the key {key!r} is not text; put quotes around it", key_node)
            if key in seen:
                raise _refusal(f"the key {key!r} is there twice", key_node)
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_plain_flag(self, node: Any) -> Any:
        if node.value not in {"true", "false"}:
            raise _refusal(f"{node.value} means yes or no in YAML: write true or false, or quote it", node)
        return self.construct_yaml_bool(node)

    def refuse_float(self, node: Any) -> Any:
        raise _refusal(f"{node.value} is not a whole number; put quotes around it if it is text", node)


_StrictLoader.add_constructor("tag:yaml.org,2002:bool", _StrictLoader.construct_plain_flag)
_StrictLoader.add_constructor("tag:yaml.org,2002:float", _StrictLoader.refuse_float)


def read_yaml(text: str, *, name: str) -> Any:
    """The document as Python values. Raises `PackRefused` with a sentence that names the file and place."""
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506  a safe loader's subclass
    except yaml.YAMLError as error:
        raise PackRefused(f"{name} is not YAML that can be read: {' '.join(str(error).split())}") from error


def check_plain(text: str, *, name: str) -> None:
    """Refuses what a pack has no use for and what could be made to cost much: aliases, and nesting without end.

    Raises `PackRefused`.
    """
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_StrictLoader):
            if isinstance(event, yaml.AliasEvent):
                raise _refusal("an alias stands for other text; write it out", event)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise _refusal(f"it is nested more than {DEEPEST} deep", event)
    except yaml.YAMLError as error:
        raise PackRefused(f"{name} is not YAML that can be read: {' '.join(str(error).split())}") from error


def _refusal(sentence: str, node: Any) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, sentence, node.start_mark)

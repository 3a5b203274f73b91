"""Parts that reach outside, told of: a search engine, a way to reach someone, a webhook.

What is wrapped does what it did. Nothing of what is sent or found is told, nor to whom.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

Attributes = dict[str, str | int]


def nothing_more(*_arguments: Any, **_options: Any) -> Attributes:
    """Nothing more to tell."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Outward:
    """What is told of a part: the span's name for each of its methods, and attributes.

    `operation` names the attribute that says which method; `asked` gives more of them from a call's arguments, `answered`
    from its result.
    """

    spans: Mapping[str, str]
    attributes: Mapping[str, str | int]
    operation: str = ""
    asked: Callable[..., Attributes] = nothing_more
    answered: Callable[[Any], Attributes] = nothing_more


class Told(Protocol):
    """Begins and ends what is told of one call; what it gives takes further attributes."""

    def __call__(self, name: str, attributes: Attributes) -> AbstractContextManager[Callable[[Attributes], None]]: ...


class TracedPart:
    """A part whose named methods are told of; all else is as it was."""

    def __init__(self, part: Any, outward: Outward, *, told: Told) -> None:
        self._part = part
        for method, span in outward.spans.items():
            self.__dict__[method] = _traced(
                getattr(part, method), span, _attributes(outward, method), outward, told=told
            )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part, name)


def _attributes(outward: Outward, method: str) -> Attributes:
    return {**outward.attributes, **({outward.operation: method} if outward.operation else {})}


def _traced(
    plain: Callable[..., Any], span: str, attributes: Attributes, outward: Outward, *, told: Told
) -> Callable[..., Any]:
    def traced(*arguments: Any, **options: Any) -> Any:
        with told(span, {**attributes, **outward.asked(*arguments, **options)}) as tell:
            result = plain(*arguments, **options)
            tell(outward.answered(result))
            return result

    return traced

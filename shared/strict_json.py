"""JSON from parties outside, read so that it can mean one thing only."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from shared.errors import FieldError, Invalid

SHOWN = 60
"""How much of a stranger's text an answer repeats."""


def read_strict_json(body: bytes) -> Any:
    """The value: valid UTF-8, no repeated keys, no NaN, no infinity, no half characters, no depth past reading.

    Raises `Invalid`, naming the body and the rule that it breaks.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refusal("utf-8", f"the body is not valid UTF-8 (byte {error.start})") from error
    try:
        value = json.loads(
            text, object_pairs_hook=_unique_pairs, parse_constant=_no_constant, parse_float=finite_number
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # refuses half of a surrogate pair
    except UnicodeEncodeError as error:
        raise _refusal("unicode", "the body holds half a character (a lone surrogate)") from error
    except RecursionError as error:
        raise _refusal("depth", "the body is nested too deeply") from error
    except ValueError as error:
        raise _refusal("json", f"the body is not valid JSON: {error}") from error
    return value


def check_shape(value: Any, *, deepest: int, most_values: int) -> None:
    """Refuses what is nested deeper, or holds more values, than anyone's event needs. Raises `Invalid` naming the rule.

    A body within its limit of bytes may still hold a hundred thousand values, each of which costs its reader more than it
    cost the sender.
    """
    count = 0
    for depth, level in enumerate(_levels(value)):
        count += len(level)
        if depth > deepest:
            raise _refusal("depth", f"the body is nested deeper than {deepest} levels")
        if count > most_values:
            raise _refusal("values", f"the body holds more than {most_values} values")


def check_depth(value: Any, *, deepest: int) -> None:
    """Refuses what is nested deeper. Raises `Invalid`."""
    check_shape(value, deepest=deepest, most_values=sys.maxsize)


def finite_number(text: str) -> float:
    """A JSON number with a fraction or an exponent. Raises `ValueError` for one that only infinity could hold."""
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text[:20]} is too large")
    return number


def _levels(value: Any) -> Iterator[list[Any]]:
    """The values at each depth, outermost first."""
    level = [value]
    while level:
        yield level
        level = [inner for outer in level if isinstance(outer, dict | list) for inner in _inner(outer)]


def _inner(outer: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return outer.values() if isinstance(outer, dict) else outer


def _refusal(rule: str, message: str) -> Invalid:
    return Invalid(message, errors=[FieldError(field="body", rule=rule, message=message)])


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        repeated = min(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise ValueError(f"the key {repeated[:SHOWN]!r} is there twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")

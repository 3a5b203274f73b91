"""JSON from parties outside, read so that it can mean one thing only."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from shared.errors import FieldError, Invalid


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
            text, object_pairs_hook=_unique_pairs, parse_constant=_no_constant, parse_float=_finite_number
        )
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # refuses half of a surrogate pair
    except UnicodeEncodeError as error:
        raise _refusal("unicode", "the body holds half a character (a lone surrogate)") from error
    except RecursionError as error:
        raise _refusal("depth", "the body is nested too deeply") from error
    except ValueError as error:
        raise _refusal("json", f"the body is not valid JSON: {error}") from error
    return value


def _refusal(rule: str, message: str) -> Invalid:
    return Invalid(message, errors=[FieldError(field="body", rule=rule, message=message)])


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"the key {repeated[0]!r} is there twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite_number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text[:20]} is too large")
    return number

"""How a topic exchange compares a binding's pattern with a routing key."""

from __future__ import annotations

ONE_WORD = "*"
ANY_WORDS = "#"


def matches(pattern: str, routing_key: str) -> bool:
    """Whether the binding key takes the routing key: `*` is one word, `#` none or more (AMQP 0-9-1, 3.1.3.3)."""
    reached = {0}
    words = routing_key.split(".") if routing_key else []
    for part in pattern.split(".") if pattern else []:
        reached = _advance(reached, part, words)
        if not reached:
            return False
    return len(words) in reached


def _advance(reached: set[int], part: str, words: list[str]) -> set[int]:
    """The word positions that can be reached after one more part of the pattern."""
    if part == ANY_WORDS:
        return set(range(min(reached), len(words) + 1))
    return {at + 1 for at in reached if at < len(words) and part in (ONE_WORD, words[at])}

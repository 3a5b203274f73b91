"""What the store itself refuses of a block, whoever writes past the ledger: the belt to its braces.

A block with its book's name and number as its id, a link and a hash, entries each of which sums to nought in whole pence
(or is the closing of a book), and balances that sum to nought and leave nothing overdrawn. On SQLite a stored block is
also never changed but for its outbox, and never deleted. Hash and chain are for the proof: no engine computes them.
"""

from __future__ import annotations

from typing import Any

from shared.store.documents import Belt

_NUMBER = {"bsonType": ["int", "long"]}
_TEXT = {"bsonType": "string"}
_HASH = {"bsonType": "string", "pattern": "^[0-9a-f]{64}$"}


def _rows(*columns: dict[str, Any]) -> dict[str, Any]:
    """A list of rows, each with exactly these columns."""
    row = {"bsonType": "array", "minItems": len(columns), "maxItems": len(columns), "items": list(columns)}
    return {"bsonType": "array", "items": row}


_SHAPE = {
    "bsonType": "object",
    "required": ["book", "council_id", "number", "previous_hash", "hash", "sequence", "entries", "balances"],
    "properties": {
        "book": _TEXT,
        "council_id": _TEXT,
        "number": _NUMBER | {"minimum": 1},
        "sequence": _NUMBER | {"minimum": 1},
        "previous_hash": _HASH,
        "hash": _HASH,
        "balances": _rows(_TEXT, _NUMBER),
        "entries": {
            "bsonType": "array",
            "minItems": 1,
            "items": {
                "bsonType": "object",
                "required": ["entry_id", "type", "effective_on", "recorded_at", "actor_id", "postings"],
                "properties": {
                    "effective_on": _TEXT,
                    "recorded_at": {"bsonType": "date"},
                    "postings": _rows(_TEXT, _NUMBER, _NUMBER),
                },
            },
        },
    },
}


def _sum(rows: str) -> dict[str, Any]:
    """The second values of some rows added up; what is no number counts for nothing here, and the shape refuses it."""
    return {"$sum": {"$map": {"input": rows, "in": _SECOND}}}


def _all(rows: str, holds: Any) -> dict[str, Any]:
    return {"$reduce": {"input": rows, "initialValue": True, "in": {"$and": ["$$value", holds]}}}


_FIRST, _SECOND = {"$arrayElemAt": ["$$this", 0]}, {"$arrayElemAt": ["$$this", 1]}
_POSTINGS = "$$this.postings"
_CLOSES = {"$and": [{"$eq": ["$$this.type", "closing"]}, {"$eq": [{"$size": _POSTINGS}, 0]}]}
_BALANCES = {"$and": [{"$gte": [{"$size": _POSTINGS}, 2]}, {"$eq": [_sum(_POSTINGS), 0]}]}
_SET_ASIDE = {"$eq": [{"$indexOfBytes": [_FIRST, "allocated:"]}, 0]}
_STANDS = {"$or": [{"$gte": [_SECOND, 0]}, {"$not": [{"$or": [{"$in": [_FIRST, ["held", "reserved"]]}, _SET_ASIDE]}]}]}
_MONGO = {
    "$jsonSchema": _SHAPE,
    "$expr": {
        "$and": [
            _all("$entries", {"$or": [_BALANCES, _CLOSES]}),
            {"$eq": [_sum("$balances"), 0]},
            _all("$balances", _STANDS),
        ]
    },
}

_SQLITE = """
    json_type(NEW._body, '$.number') = 'integer' AND json_extract(NEW._body, '$.number') >= 1
    AND NEW._id = printf('%s/%010d', json_extract(NEW._body, '$.book'), json_extract(NEW._body, '$.number'))
    AND json_type(NEW._body, '$.council_id') = 'text'
    AND json_type(NEW._body, '$.sequence') = 'integer'
    AND length(json_extract(NEW._body, '$.hash')) = 64 AND length(json_extract(NEW._body, '$.previous_hash')) = 64
    AND json_type(NEW._body, '$.entries') = 'array' AND json_array_length(NEW._body, '$.entries') >= 1
    AND json_type(NEW._body, '$.balances') = 'array'
    AND NOT EXISTS (
        SELECT 1 FROM (SELECT value AS entry FROM json_each(json_extract(NEW._body, '$.entries')) LIMIT -1)
        WHERE json_type(entry, '$.postings') IS NOT 'array' OR json_type(entry, '$.type') IS NOT 'text'
           OR json_type(entry, '$.entry_id') IS NOT 'text' OR json_type(entry, '$.effective_on') IS NOT 'text'
           OR json_extract(entry, '$.recorded_at') IS NULL
           OR NOT (
               (json_extract(entry, '$.type') = 'closing' AND json_array_length(entry, '$.postings') = 0)
               OR (
                   SELECT count(*) >= 2 AND sum(json_extract(posting, '$[1]')) = 0
                      AND min(json_type(posting, '$[0]') = 'text' AND json_type(posting, '$[1]') = 'integer'
                              AND json_type(posting, '$[2]') = 'integer')
                   FROM (SELECT value AS posting FROM json_each(entry, '$.postings') LIMIT -1)
               )
           )
    )
    AND (
        SELECT count(*) = 0 OR (
            sum(json_extract(balance, '$[1]')) = 0
            AND min(json_type(balance, '$[1]') = 'integer')
            AND min(json_extract(balance, '$[0]') NOT IN ('held', 'reserved')
                    AND json_extract(balance, '$[0]') NOT LIKE 'allocated:%'
                    OR json_extract(balance, '$[1]') >= 0)
        )
        FROM (SELECT value AS balance FROM json_each(json_extract(NEW._body, '$.balances')) LIMIT -1)
    )
"""
"""`LIMIT -1` keeps SQLite from merging a subquery into its parent, where each mention of a value would write it out anew."""

BELT = Belt(
    mongo=_MONGO,
    sqlite=" ".join(_SQLITE.split()),
    kept=(
        "book",
        "council_id",
        "number",
        "previous_hash",
        "hash",
        "sequence",
        "entries",
        "balances",
        "keys",
        "reverses",
        "resolves",
        "closed",
    ),
)

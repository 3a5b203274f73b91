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
        "balances": {"bsonType": "array"},
        "entries": {
            "bsonType": "array",
            "minItems": 1,
            "items": {
                "bsonType": "object",
                "required": ["entry_id", "type", "effective_on", "recorded_at", "actor_id", "postings"],
                "properties": {
                    "effective_on": _TEXT,
                    "recorded_at": {"bsonType": "date"},
                    "postings": {"bsonType": "array"},
                },
            },
        },
    },
}


def _sum(rows: str) -> dict[str, Any]:
    """The second values of some rows added up, as far as they are whole numbers (`_whole` says whether they are).

    `$reduce`, because not every server can `$sum` along a path of arrays.
    """
    value = {"$arrayElemAt": ["$$this", 1]}
    added = {"$add": ["$$value", {"$cond": [_is_whole(value), value, 0]}]}
    return {"$reduce": {"input": rows, "initialValue": 0, "in": added}}


def _is_whole(value: Any) -> dict[str, Any]:
    return {"$in": [{"$type": value}, ["int", "long"]]}


def _whole(rows: str, *places: int) -> dict[str, Any]:
    """Whether these places of every row are whole numbers."""
    kinds = [_is_whole({"$arrayElemAt": ["$$this", place]}) for place in places]
    return {"$reduce": {"input": rows, "initialValue": True, "in": {"$and": ["$$value", *kinds]}}}


def _none_overdrawn(rows: str, account: str) -> dict[str, Any]:
    is_it = {"$eq": [{"$arrayElemAt": ["$$this", 0]}, account]}
    fits = {"$or": [{"$not": [is_it]}, {"$gte": [{"$arrayElemAt": ["$$this", 1]}, 0]}]}
    return {"$reduce": {"input": rows, "initialValue": True, "in": {"$and": ["$$value", fits]}}}


_POSTINGS = "$$this.postings"
_CLOSES = {"$and": [{"$eq": ["$$this.type", "closing"]}, {"$eq": [{"$size": _POSTINGS}, 0]}]}
_BALANCES = {"$and": [{"$gte": [{"$size": _POSTINGS}, 2]}, {"$eq": [_sum(_POSTINGS), 0]}, _whole(_POSTINGS, 1, 2)]}
_EVERY_ENTRY = {
    "$reduce": {
        "input": "$entries",
        "initialValue": True,
        "in": {"$and": ["$$value", {"$or": [_CLOSES, _BALANCES]}]},
    }
}
_MONGO = {
    "$jsonSchema": _SHAPE,
    "$expr": {
        "$and": [
            _EVERY_ENTRY,
            {"$eq": [_sum("$balances"), 0]},
            _whole("$balances", 1),
            _none_overdrawn("$balances", "held"),
            _none_overdrawn("$balances", "reserved"),
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
        SELECT 1 FROM json_each(NEW._body, '$.entries') AS entry
        WHERE json_type(entry.value, '$.postings') IS NOT 'array' OR json_type(entry.value, '$.type') IS NOT 'text'
           OR json_type(entry.value, '$.entry_id') IS NOT 'text' OR json_type(entry.value, '$.effective_on') IS NOT 'text'
           OR json_extract(entry.value, '$.recorded_at') IS NULL
           OR NOT (
               (json_extract(entry.value, '$.type') = 'closing' AND json_array_length(entry.value, '$.postings') = 0)
               OR (
                   SELECT count(*) >= 2 AND sum(json_extract(posting.value, '$[1]')) = 0
                      AND min(json_type(posting.value, '$[0]') = 'text' AND json_type(posting.value, '$[1]') = 'integer'
                              AND json_type(posting.value, '$[2]') = 'integer')
                   FROM json_each(entry.value, '$.postings') AS posting
               )
           )
    )
    AND (
        SELECT count(*) = 0 OR (
            sum(json_extract(balance.value, '$[1]')) = 0
            AND min(json_type(balance.value, '$[1]') = 'integer')
            AND min(json_extract(balance.value, '$[0]') NOT IN ('held', 'reserved')
                    OR json_extract(balance.value, '$[1]') >= 0)
        )
        FROM json_each(NEW._body, '$.balances') AS balance
    )
"""

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

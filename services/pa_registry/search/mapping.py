"""How documents lie in Elasticsearch: an explicit, strict mapping, and the document's source.

Words arrive folded by `analysis`, so Elasticsearch only splits them at spaces and stems them. `tags` repeats all facet
values with their facet's name, so that one aggregation counts every facet of the page at once.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

from services.pa_registry.search.analysis import words_of
from services.pa_registry.search.engine import IndexDocument
from services.pa_registry.search.facets import Catalogue
from services.pa_registry.search.query import tie_of

_ANALYZER = "folded_english"
_TEXT = {"type": "text", "analyzer": _ANALYZER, "norms": False, "index_options": "docs"}
_COUNTED = {"type": "keyword", "eager_global_ordinals": True}


def index_definition(catalogue: Catalogue, *, tie_seed: str) -> dict[str, Any]:
    """Settings and mapping of a new index. One primary shard: a register is small, and its counts are then exact."""
    mapping = _mapping(catalogue)
    return {
        "settings": {
            "number_of_shards": 1,
            "auto_expand_replicas": "0-1",
            "analysis": {
                "analyzer": {_ANALYZER: {"type": "custom", "tokenizer": "whitespace", "filter": ["porter_stem"]}}
            },
        },
        "mappings": {**mapping, "_meta": {"layout": layout_of(catalogue, tie_seed=tie_seed)}},
    }


def layout_of(catalogue: Catalogue, *, tie_seed: str) -> str:
    """A name for the layout: an index with another one has to be rebuilt."""
    laid_out = json.dumps(_mapping(catalogue), sort_keys=True) + str(tie_of("layout", tie_seed))
    return blake2b(laid_out.encode(), digest_size=8).hexdigest()


def source_of(document: IndexDocument, *, tie_seed: str) -> dict[str, Any]:
    """The document as it is indexed. What is absent stays absent."""
    source: dict[str, Any] = {
        "council_id": document.council_id,
        "published": document.published,
        "updated_on": document.updated_on.isoformat(),
        "headline": " ".join(words_of(document.headline)),
        "about": " ".join(words_of(document.about)),
        "facets": {name: list(values) for name, values in document.facets.items()},
        "tags": [tag_of(name, value) for name, values in document.facets.items() for value in values],
        "tie": tie_of(document.id, tie_seed),
    }
    if document.point is not None:
        source["point"] = {"lat": document.point.latitude, "lon": document.point.longitude}
    if document.dbs_checked_on is not None:
        source["dbs_checked_on"] = document.dbs_checked_on.isoformat()
    return source


def tag_of(facet: str, value: str) -> str:
    """A value under its facet's name, as `tags` has it."""
    return f"{facet}:{value}"


def _mapping(catalogue: Catalogue) -> dict[str, Any]:
    return {
        "dynamic": "strict",
        "properties": {
            "council_id": {"type": "keyword"},
            "published": {"type": "boolean"},
            "updated_on": {"type": "date", "format": "strict_date"},
            "dbs_checked_on": {"type": "date", "format": "strict_date"},
            "headline": {**_TEXT, "copy_to": "words"},
            "about": {**_TEXT, "copy_to": "words"},
            "words": _TEXT,
            "facets": {"properties": {facet.name: _COUNTED for facet in catalogue}},
            "tags": _COUNTED,
            "point": {"type": "geo_point"},
            "tie": {"type": "long"},
        },
    }

"""The search engine on Elasticsearch, for registers that several processes share.

Documents are written under the register's own version (`external`), so that a late older write is refused by the index
itself. The register's name is an alias; a rebuild fills a new index behind a second alias, to which live writes go as
well, and one request then moves the name. Every write requires its alias, so none can create an index by accident.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal
from uuid import uuid4

import structlog
from elasticsearch import ApiError, Elasticsearch, TransportError

from services.pa_registry.search.elasticsearch_query import result_of, searches_for
from services.pa_registry.search.engine import (
    EngineCheck,
    IndexDocument,
    Indexed,
    RebuildUnderWay,
    Rebuilt,
    SearchResult,
    in_chunks,
    verify_rebuild,
)
from services.pa_registry.search.facets import PERSONAL_ASSISTANT_FACETS, Catalogue
from services.pa_registry.search.mapping import index_definition, layout_of, source_of
from services.pa_registry.search.query import SearchQuery, plan_search
from services.pa_registry.settings import RegistrySettings
from shared.errors import Unavailable
from shared.settings import read_settings

_CHUNK = 500
_SCAN = 5_000
_CONFLICT, _NOT_FOUND, _FIRST_REFUSAL = 409, 404, 300
_KEEP_ALIVE = "1m"

_log = structlog.get_logger(__name__)


class ElasticsearchEngine:
    """A `SearchEngine` on an Elasticsearch 9 cluster.

    `client` is closed with the engine. `name` is the alias that stands for the index. `search_timeout_ms` bounds each
    search in the cluster: a late answer is refused, never given in part. `write_timeout_seconds` bounds bulk writes and
    rebuild steps. `refresh` is passed to live writes (`True` only in tests; otherwise a write shows within a second).
    """

    def __init__(
        self,
        *,
        client: Elasticsearch,
        catalogue: Catalogue,
        tie_seed: str,
        name: str = "personal-assistants",
        refresh: bool | Literal["wait_for"] = False,
        request_cache: bool = True,
        search_timeout_ms: int = 2_000,
        write_timeout_seconds: float = 60.0,
    ) -> None:
        self._client = client
        self._writer = client.options(request_timeout=write_timeout_seconds)
        self._catalogue = catalogue
        self._tie_seed = tie_seed
        self._name = name
        self._next_name = f"{name}-next"
        self._refresh = refresh
        self._request_cache = request_cache
        self._search_timeout = f"{search_timeout_ms}ms"
        self._prepared = False

    def index(self, documents: Iterable[IndexDocument]) -> Indexed:
        outcome = Indexed()
        with _answering():
            self._prepare()
            for chunk in self._checked_chunks(documents):
                outcome += self._write(self._name, chunk, refresh=self._refresh)
                if self._client.indices.exists_alias(name=self._next_name):
                    self._write(self._next_name, chunk, refresh=False, may_be_gone=True)
        return outcome

    def search(self, query: SearchQuery) -> SearchResult:
        plan = plan_search(query, self._catalogue)
        searches = searches_for(plan, self._catalogue)
        with _answering():
            self._prepare()
            responses = self._search_all(searches.bodies())
        return result_of(plan, self._catalogue, searches, responses)

    def rebuild(self, source: Iterable[IndexDocument], *, take_over: bool = False) -> Rebuilt:
        with _answering():
            self._prepare()
            new = self._begin_rebuild(take_over=take_over)
            try:
                rebuilt = self._fill(new, source)
            except BaseException:
                self._writer.options(ignore_status=_NOT_FOUND).indices.delete(index=new)
                raise
            # A swap whose answer is lost may have happened: what it left is never deleted here, only by a take-over.
            self._swap(new)
        return rebuilt

    def check(self) -> EngineCheck:
        with _answering():
            self._prepare()
            mappings = self._client.indices.get_mapping(index=self._name)
            layouts = {index["mappings"].get("_meta", {}).get("layout") for index in mappings.values()}
            return EngineCheck(
                engine="elasticsearch",
                documents=self._client.count(index=self._name)["count"],
                needs_rebuild=layouts != {layout_of(self._catalogue, tie_seed=self._tie_seed)},
            )

    def close(self) -> None:
        self._client.close()

    # Searching

    def _search_all(self, bodies: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        lines: list[Mapping[str, Any]] = []
        for body in bodies:
            # Only answers without hits can be cached, and asking for it otherwise is an error.
            lines.append({"request_cache": self._request_cache} if body["size"] == 0 else {})
            lines.append({**body, "timeout": self._search_timeout})
        responses: list[dict[str, Any]] = self._client.msearch(index=self._name, searches=lines)["responses"]
        for response in responses:
            _require_whole(response)
        return responses

    # Writing

    def _checked_chunks(self, documents: Iterable[IndexDocument]) -> Iterator[list[IndexDocument]]:
        for chunk in in_chunks(documents, _CHUNK):
            for document in chunk:
                self._catalogue.require(document.facets)
            yield chunk

    def _write(
        self,
        alias: str,
        documents: Sequence[IndexDocument],
        *,
        refresh: bool | Literal["wait_for"],
        may_be_gone: bool = False,
    ) -> Indexed:
        """Writes behind an alias. `may_be_gone`: a rebuild may have ended since, and the alias with it."""
        operations: list[Mapping[str, Any]] = []
        for document in documents:
            version = {"_id": document.id, "version": document.version, "version_type": "external"}
            operations += [{"index": version}, source_of(document, tie_seed=self._tie_seed)]
        answer = self._writer.bulk(index=alias, operations=operations, refresh=refresh, require_alias=True)
        statuses = [(item["index"]["status"], item["index"].get("error")) for item in answer["items"]]
        allowed = {_CONFLICT, _NOT_FOUND} if may_be_gone else {_CONFLICT}
        for status, error in statuses:
            if status >= _FIRST_REFUSAL and status not in allowed:
                raise _unavailable("write refused", status=status, error=(error or {}).get("type"))
        ignored = sum(status >= _FIRST_REFUSAL for status, _ in statuses)
        return Indexed(written=len(statuses) - ignored, ignored=ignored)

    # Indices

    def _prepare(self) -> None:
        """Creates an empty index on first use if there is none."""
        if self._prepared:
            return
        if not self._client.indices.exists_alias(name=self._name):
            self._create(f"{self._name}-first", alias=self._name, or_be_second=True)
        self._prepared = True

    def _create(self, index: str, *, alias: str, or_be_second: bool = False) -> None:
        definition = index_definition(self._catalogue, tie_seed=self._tie_seed)
        try:
            self._writer.indices.create(index=index, aliases={alias: {}}, **definition)
        except ApiError as refused:
            if not (or_be_second and refused.error == "resource_already_exists_exception"):
                raise

    def _begin_rebuild(self, *, take_over: bool) -> str:
        if self._client.indices.exists_alias(name=self._next_name):
            if not take_over:
                raise RebuildUnderWay("A rebuild of the search index has begun and has not ended.")
            for index in self._client.indices.get_alias(name=self._next_name):
                self._writer.options(ignore_status=_NOT_FOUND).indices.delete(index=index)
        # A name of its own: a rebuild that was set aside must not clear away the index of the one after it.
        new = f"{self._name}-{uuid4().hex[:12]}"
        self._create(new, alias=self._next_name)
        return new

    def _fill(self, new: str, source: Iterable[IndexDocument]) -> Rebuilt:
        """Writes the register behind the second alias and holds what arrived against it."""
        self._writer.indices.put_settings(index=new, settings={"refresh_interval": "-1"})
        expected: dict[str, int] = {}
        for chunk in self._checked_chunks(source):
            for document in chunk:
                expected[document.id] = max(document.version, expected.get(document.id, -1))
            self._write(self._next_name, chunk, refresh=False)
        self._writer.indices.put_settings(index=new, settings={"refresh_interval": None})
        self._writer.indices.forcemerge(index=new, max_num_segments=1)
        self._writer.indices.refresh(index=new)
        return verify_rebuild(expected, self._versions_in(new))

    def _versions_in(self, index: str) -> Iterator[tuple[str, int]]:
        """Every id and version of an index, as of one moment."""
        pit = self._writer.open_point_in_time(index=index, keep_alive=_KEEP_ALIVE)["id"]
        after: list[Any] | None = None
        try:
            while hits := self._scan(pit, after):
                yield from ((hit["_id"], hit["_version"]) for hit in hits)
                after = hits[-1]["sort"]
        finally:
            self._writer.options(ignore_status=_NOT_FOUND).close_point_in_time(id=pit)

    def _scan(self, pit: str, after: list[Any] | None) -> list[dict[str, Any]]:
        hits: list[dict[str, Any]] = self._writer.search(
            pit={"id": pit, "keep_alive": _KEEP_ALIVE},
            size=_SCAN,
            sort=["_shard_doc"],
            search_after=after,
            source=False,
            version=True,
            track_total_hits=False,
        )["hits"]["hits"]
        return hits

    def _swap(self, new: str) -> None:
        """Moves the name to the new index and removes the old one, in one step: nothing erased lives on in it."""
        old = list(self._client.indices.get_alias(name=self._name))
        self._writer.indices.update_aliases(
            actions=[
                *({"remove_index": {"index": index}} for index in old),
                {"add": {"index": new, "alias": self._name}},
                {"remove": {"index": new, "alias": self._next_name}},
            ]
        )


def build(*, url: str) -> ElasticsearchEngine:
    """The engine for `STEWARD_SEARCH_URL=http(s)://…`; a login may stand in the address."""
    settings = read_settings(RegistrySettings)
    return ElasticsearchEngine(
        client=connect(url, timeout_seconds=settings.timeout_seconds),
        catalogue=PERSONAL_ASSISTANT_FACETS,
        tie_seed=settings.tie_seed,
        name=settings.index_name,
        write_timeout_seconds=settings.write_timeout_seconds,
    )


def connect(
    url: str, *, timeout_seconds: float = 5.0, user: str | None = None, password: str | None = None
) -> Elasticsearch:
    """A client that gives up after `timeout_seconds` and does not try again by itself: the caller has a deadline."""
    login = (user, password) if user is not None and password is not None else None
    return Elasticsearch(url, request_timeout=timeout_seconds, max_retries=0, retry_on_timeout=False, basic_auth=login)


@contextmanager
def _answering() -> Iterator[None]:
    """Turns every failure of the client into `Unavailable`."""
    try:
        yield
    except ApiError as refused:
        raise _unavailable("request refused", status=refused.status_code, error=refused.error) from refused
    except TransportError as away:
        raise _unavailable("no answer", status=None, error=type(away).__name__) from away


def _require_whole(response: Mapping[str, Any]) -> None:
    """Refuses an answer that failed, ran out of time or left shards out: a count must never be a part of one."""
    if "error" in response:
        raise _unavailable("search refused", status=response.get("status"), error=response["error"].get("type"))
    if response["timed_out"] or response["_shards"]["failed"]:
        raise _unavailable("search incomplete", status=response.get("status"), error="timed_out")


def _unavailable(what: str, *, status: object, error: str | None) -> Unavailable:
    _log.warning("search engine failed", what=what, status=status, error=error)
    return Unavailable("The search cannot be answered now.")

"""How fast a page of the register is found: 20 hits and every facet's counts, with four facets chosen from.

    python -m tests.performance.bench_search [--quick] [--es URL] [--documents N] [--queries N] [--passes N]

A made-up register of 12 facets and 200 values, about 30 a person. Half of the queries have only facets, a quarter also
a word, a quarter a place. The embedded engine is timed alone; with `--es`, Elasticsearch is timed through our adapter
and, in turns with it, by the same `msearch` sent as ready bytes on an open socket: the ratio is what the adapter and
its client cost. Every answer of Elasticsearch is compared with the embedded engine's; a difference ends the run with 1.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

from services.pa_registry.search.elasticsearch import ElasticsearchEngine, connect
from services.pa_registry.search.elasticsearch_query import searches_for
from services.pa_registry.search.embedded import EmbeddedSearchEngine
from services.pa_registry.search.engine import IndexDocument, SearchEngine, SearchResult
from services.pa_registry.search.facets import Catalogue, Facet, Mode
from services.pa_registry.search.query import Near, SearchQuery, plan_search
from shared.geography import Point

SIZES = (8, 6, 30, 24, 12, 20, 10, 40, 16, 14, 12, 8)
VALUES_PER_FACET = 2.6
CHOSEN_FACETS = 4
WORDS, WORDS_PER_PERSON = 2_000, 12
SECTORS = 1_500
UPDATED_ON = date(2026, 3, 2)
TIE_SEED = "bench"
BLOCK = 25


Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class Load:
    """What is searched, what is asked, and how often."""

    catalogue: Catalogue
    documents: list[IndexDocument]
    queries: list[SearchQuery]
    passes: int


@dataclass(frozen=True, kw_only=True)
class Timed:
    """Milliseconds of one engine: a list per pass, in the order of the queries."""

    name: str
    passes: list[list[float]]

    def line(self) -> str:
        p50 = [percentile(times, 0.50) for times in self.passes]
        p99 = [percentile(times, 0.99) for times in self.passes]
        return (
            f"{self.name:34} p50 {median(p50):6.2f} [{min(p50):.2f}-{max(p50):.2f}]   "
            f"p99 {median(p99):6.2f} [{min(p99):.2f}-{max(p99):.2f}] ms"
        )


class RawSearch:
    """Ready bytes on an open socket: as little as a client can do."""

    def __init__(self, url: str, *, index: str, decode: bool) -> None:
        parts = urlsplit(url)
        self._host = parts.netloc
        self._path = f"/{index}/_msearch"
        self._decode = decode
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 80))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._socket.makefile("rb", 1 << 20)

    def request(self, query: SearchQuery, catalogue: Catalogue) -> bytes:
        """The same lines as the adapter sends for a query."""
        lines = []
        for body in searches_for(plan_search(query, catalogue), catalogue).bodies():
            lines += [{"request_cache": False} if body["size"] == 0 else {}, {**body, "timeout": "30000ms"}]
        content = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode()
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/x-ndjson\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content

    def search(self, request: bytes) -> None:
        self._socket.sendall(request)
        content = self._content()
        if self._decode:
            json.loads(content)

    def close(self) -> None:
        self._answers.close()
        self._socket.close()

    def _content(self) -> bytes:
        status, headers = self._answers.readline(), self._headers()
        if b" 200 " not in status:
            raise RuntimeError(f"Elasticsearch answered {status!r}")
        if b"content-length" in headers:
            return bytes(self._answers.read(int(headers[b"content-length"])))
        return b"".join(self._chunks())

    def _headers(self) -> dict[bytes, bytes]:
        headers = {}
        while (line := self._answers.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            headers[name.strip().lower()] = value.strip()
        return headers

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self._answers.readline(), 16):
            yield self._answers.read(size)
            self._answers.readline()
        self._answers.readline()


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the benchmark and prints its figures; 1 if two engines disagree."""
    options = _options(argv)
    catalogue = a_catalogue()
    documents = a_register(options.documents, catalogue)
    queries = some_queries(options.queries, documents, catalogue)
    load = Load(catalogue=catalogue, documents=documents, queries=queries, passes=options.passes)
    say(f"{len(documents)} people, {len(SIZES)} facets, {sum(SIZES)} values; {len(queries)} queries")
    before = resident_mb()
    embedded = EmbeddedSearchEngine(catalogue=catalogue, tie_seed=TIE_SEED)
    build(embedded, documents, "embedded")
    say(f"{'embedded: memory':34} {resident_mb() - before:6.0f} MB more than before")
    answers = [embedded.search(query) for query in queries[:BLOCK]]
    say(f"{'hits, median over queries':34} {median(answer.total for answer in answers):6.0f}")
    time_embedded(embedded, queries, options.passes)
    if options.es is None:
        return 0
    return time_elasticsearch(options.es, load, embedded)


def time_embedded(engine: SearchEngine, queries: list[SearchQuery], passes: int) -> None:
    """The first pass asks every word for the first time; later ones find some answers kept."""
    timed = Timed(
        name="embedded", passes=[[timing(engine.search, query)[0] for query in queries] for _ in range(passes)]
    )
    say(Timed(name="embedded, first time asked", passes=timed.passes[:1]).line())
    say(timed.line())
    for kind, start in (("facets only", 0), ("with a word", 2), ("with a place", 3)):
        say(Timed(name=f"embedded, {kind}", passes=[times[start::4] for times in timed.passes]).line())


def time_elasticsearch(url: str, load: Load, embedded: SearchEngine) -> int:
    """Times the adapter and the raw requests in turns, and holds every answer against the embedded engine's."""
    client = connect(url, timeout_seconds=60)
    name = f"bench-{uuid4().hex[:8]}"
    engine = ElasticsearchEngine(
        client=client,
        catalogue=load.catalogue,
        tie_seed=TIE_SEED,
        name=name,
        request_cache=False,
        search_timeout_ms=30_000,
        write_timeout_seconds=600,
    )
    try:
        build(engine, load.documents, "elasticsearch")
        wrong = disagreements(engine, embedded, load.queries)
        say(f"{'elasticsearch: answers that differ':34} {wrong:6d}")
        in_turns(engine, url, name, load)
    finally:
        for index in client.indices.get(index=f"{name}*"):
            client.indices.delete(index=index)
        engine.close()
    return 1 if wrong else 0


def in_turns(engine: SearchEngine, url: str, name: str, load: Load) -> None:
    """Blocks of queries go round the three ways, so that a busy moment of the machine hits all alike.

    Each way is first as often as the others: whoever asks first finds the cluster's caches cold.
    """
    raw, bare = RawSearch(url, index=name, decode=True), RawSearch(url, index=name, decode=False)
    queries = load.queries
    requests = [raw.request(query, load.catalogue) for query in queries]
    ways: dict[str, Callable[[int], object]] = {
        "elasticsearch through the adapter": lambda number: engine.search(queries[number]),
        "elasticsearch raw, decoded": lambda number: raw.search(requests[number]),
        "elasticsearch raw, undecoded": lambda number: bare.search(requests[number]),
    }
    timed = {way: [[0.0] * len(queries) for _ in range(load.passes)] for way in ways}
    for turn in range(load.passes):
        for start in range(0, len(queries), BLOCK):
            for way in in_rotation(list(ways), turn + start // BLOCK):
                for number in range(start, min(start + BLOCK, len(queries))):
                    timed[way][turn][number], _ = timing(ways[way], number)
    for way, times in timed.items():
        say(Timed(name=way, passes=times).line())
    adapter, *others = timed
    for other in others:
        for label, quantile in (("p50", 0.50), ("p99", 0.99)):
            say_ratio(f"adapter / {other.partition(' ')[2]}, {label}", timed[adapter], timed[other], quantile)
    raw.close()
    bare.close()


def in_rotation(names: list[str], turn: int) -> list[str]:
    first = turn % len(names)
    return names[first:] + names[:first]


def say_ratio(name: str, ours: list[list[float]], theirs: list[list[float]], quantile: float) -> None:
    ratios = [percentile(a, quantile) / percentile(b, quantile) for a, b in zip(ours, theirs, strict=True)]
    say(f"{name:34} {median(ratios):6.2f} [{min(ratios):.2f}-{max(ratios):.2f}]")


def build(engine: SearchEngine, documents: list[IndexDocument], name: str) -> None:
    milliseconds, _ = timing(engine.rebuild, documents)
    say(f"{name + ': built in':34} {milliseconds / 1000:6.1f} s")


def disagreements(one: SearchEngine, other: SearchEngine, queries: list[SearchQuery]) -> int:
    return sum(comparable(one.search(query)) != comparable(other.search(query)) for query in queries)


def comparable(result: SearchResult) -> object:
    return result.total, [(hit.id, hit.within_miles) for hit in result.hits], result.facets


def timing(ask: Callable[[Asked], Answer], what: Asked) -> tuple[float, Answer]:
    started = time.perf_counter()
    answer = ask(what)
    return (time.perf_counter() - started) * 1_000, answer


def percentile(times: list[float], quantile: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * quantile))]


def resident_mb() -> float:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def a_catalogue() -> Catalogue:
    """Twelve OR facets, the costliest kind: each chosen from needs counts of its own."""
    return Catalogue(
        facets=tuple(
            Facet(
                name=f"facet-{number}",
                label=f"Facet {number}",
                mode=Mode.OR,
                values=MappingProxyType({f"v{value}": f"Value {value}" for value in range(size)}),
            )
            for number, size in enumerate(SIZES)
        )
    )


def a_register(n: int, catalogue: Catalogue) -> list[IndexDocument]:
    """`n` people; a facet's first values are the commonest, and so are the first words."""
    dice = random.Random(7)
    chances = {facet.name: _chances(len(facet.values or ())) for facet in catalogue}
    weights = [(rank + 1) ** -0.8 for rank in range(WORDS)]
    sectors = [
        Point(latitude=round(dice.uniform(52.95, 53.4), 6), longitude=round(dice.uniform(-2.75, -1.98), 6))
        for _ in range(SECTORS)
    ]
    return [
        IndexDocument(
            id=f"pa-{number:06d}",
            version=1,
            council_id="cheshire-east",
            published=True,
            updated_on=UPDATED_ON - timedelta(days=number % 90),
            about=" ".join(f"w{word}" for word in dice.choices(range(WORDS), weights, k=WORDS_PER_PERSON)),
            facets={
                name: values
                for name, facet in chances.items()
                if (values := tuple(f"v{value}" for value, chance in enumerate(facet) if dice.random() < chance))
            },
            point=dice.choice(sectors),
        )
        for number in range(n)
    ]


def _chances(size: int) -> list[float]:
    shares = [(rank + 1) ** -0.6 for rank in range(size)]
    wanted = min(VALUES_PER_FACET, 0.62 * size)
    return [min(0.75, share / sum(shares) * wanted) for share in shares]


def some_queries(n: int, documents: list[IndexDocument], catalogue: Catalogue) -> list[SearchQuery]:
    """Each chooses from four facets that somebody has; every fourth also has a word, every fourth a place."""
    dice = random.Random(11)
    queries: list[SearchQuery] = []
    while len(queries) < n:
        somebody = dice.choice(documents)
        if len(somebody.facets) < CHOSEN_FACETS or somebody.point is None:
            continue
        chosen = {}
        for name in dice.sample(sorted(somebody.facets), CHOSEN_FACETS):
            others = dice.choices(list(catalogue[name].values or ()), k=dice.randint(0, 2))
            chosen[name] = tuple(dict.fromkeys((dice.choice(somebody.facets[name]), *others)))
        kind = len(queries) % 4
        queries.append(
            SearchQuery(
                council_ids=("cheshire-east",),
                selections=chosen,
                text=dice.choice(somebody.about.split()) if kind == 2 else "",
                near=Near(point=somebody.point, radius_miles=dice.choice((5, 10, 20))) if kind == 3 else None,
                sort="distance" if kind == 3 else "relevance",
            )
        )
    return queries


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a small register and few queries: does it still run?")
    parser.add_argument("--es", metavar="URL", help="also measure the Elasticsearch at this address")
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--passes", type=int, default=5)
    options = parser.parse_args(argv)
    if options.quick:
        options.documents, options.queries, options.passes = 5_000, 60, 2
    return options


if __name__ == "__main__":
    sys.exit(main())

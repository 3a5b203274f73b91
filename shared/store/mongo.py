"""The `Documents` port on MongoDB, through pymongo; nothing else imports it.

Every write is one document, acknowledged by a majority and journalled; reads see only what a majority holds, so nothing
that has been answered can be rolled back. The driver never sends a write twice: where it is not known whether one
arrived, the caller gets `StoreAway` and reads again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from bson.codec_options import CodecOptions, TypeDecoder, TypeRegistry
from bson.int64 import Int64
from pymongo import MongoClient, ReplaceOne
from pymongo.collection import Collection as MongoCollection
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DocumentTooLarge,
    DuplicateKeyError,
    ExecutionTimeout,
    InvalidOperation,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from shared.store.declarations import BadDeclaration, CannotMigrate
from shared.store.documents import (
    Collection,
    Condition,
    Document,
    IdTaken,
    KeyTaken,
    Page,
    RefusedByBelt,
    StoreAway,
    VersionChanged,
)
from shared.store.mongo_layout import OWN_INDEXES, Index, indexes_of, key_of, validator_of
from shared.store.mongo_questions import conditions_filter, group_stages, page_filter, sort_keys
from shared.store.questions import ask, field_of
from shared.store.values import LARGEST_BYTES, check_document, declared_value

READ_THROUGH_AT_ONCE = 500
"""Documents asked for together while a whole collection is read."""
_DUPLICATE_KEY = 11000
_NOT_VALID = 121
_NOT_ALLOWED_IN = frozenset({13, 18, 8000})
"""Server error codes for a refused sign-in or a missing right: as useless to a service as a server that is away."""


class _WholeNumbers(TypeDecoder):
    """64-bit numbers come back as plain ints, not as the driver's own type."""

    bson_type = Int64

    def transform_bson(self, value: Any) -> int:
        return int(value)


@dataclass(frozen=True, kw_only=True)
class MongoTimeouts:
    """How long the driver waits, in seconds, before `StoreAway`.

    `selection`: for a primary to be found, and for a free connection of the pool; `connection`: for a server to accept;
    `operation`: for it to answer. `most_connections` bounds the pool of one process. A read that fails is tried once
    more.
    """

    selection: float = 5.0
    connection: float = 5.0
    operation: float = 20.0
    most_connections: int = 50


class MongoStore:
    """One service's database on a MongoDB server or replica set."""

    def __init__(self, url: str, database: str, *, timeouts: MongoTimeouts | None = None) -> None:
        limits = timeouts or MongoTimeouts()
        self._client: MongoClient[Document] = MongoClient(
            url,
            tz_aware=True,
            retryWrites=False,
            serverSelectionTimeoutMS=_milliseconds(limits.selection),
            connectTimeoutMS=_milliseconds(limits.connection),
            waitQueueTimeoutMS=_milliseconds(limits.selection),
            socketTimeoutMS=_milliseconds(limits.operation),
            maxPoolSize=limits.most_connections,
            appname=database,
        )
        options: CodecOptions[Document] = CodecOptions(
            tz_aware=True, tzinfo=UTC, type_registry=TypeRegistry([_WholeNumbers()])
        )
        self._database = self._client.get_database(
            database,
            codec_options=options,
            write_concern=WriteConcern(w="majority", j=True),
            read_concern=ReadConcern("majority"),
            read_preference=ReadPreference.PRIMARY,
        )

    def documents(self, collection: Collection) -> MongoDocuments:
        """The collection; its indexes are `migrate`'s work. Raises `BadDeclaration`."""
        indexes_of(collection)
        return MongoDocuments(collection, self._database.get_collection(collection.name))

    def migrate(self, collections: Sequence[Collection]) -> list[str]:
        """Creates validators and indexes, drops its own that are no longer declared. Raises `CannotMigrate`."""
        with _server_errors():
            present = {found["name"]: found for found in self._database.list_collections()}
            return [sentence for collection in collections for sentence in self._migrate(collection, present)]

    def check(self) -> None:
        """Raises `StoreAway` if no primary answers."""
        try:
            self._client.admin.command("ping")
        except PyMongoError as error:
            raise _away(error) from error

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _migrate(self, collection: Collection, present: Mapping[str, Any]) -> list[str]:
        wanted = indexes_of(collection)
        return [
            *self._shape(collection, present.get(collection.name)),
            *_index(self._database.get_collection(collection.name), wanted),
        ]

    def _shape(self, collection: Collection, found: Mapping[str, Any] | None) -> list[str]:
        name, validator = collection.name, validator_of(collection)
        if found is None:
            self._database.create_collection(name, validator=validator)
            return [f"{name}: created with a validator"]
        if found.get("options", {}).get("validator") == validator:
            return []
        self._database.command("collMod", name, validator=validator)
        return [f"{name}: changed the validator"]


class MongoDocuments:
    """One collection on a MongoDB server."""

    def __init__(self, collection: Collection, stored: MongoCollection[Document]) -> None:
        self.collection = collection
        self._stored = stored

    def get(self, id: str) -> Document | None:
        """The document, or `None`."""
        with _server_errors():
            return self._stored.find_one({"_id": {"$eq": id}})

    def parts(self, ids: Sequence[str], names: Sequence[str]) -> dict[str, Document]:
        """What these documents have under these names, by id; the server sends no more."""
        with _server_errors():
            found = self._stored.find({"_id": {"$in": list(ids)}}, dict.fromkeys(["_id", *names], 1))
            return {document["_id"]: document for document in found}

    def insert(self, document: Document, *, lazily: bool = False) -> None:
        """Adds a document, durably. Raises `IdTaken`, `KeyTaken`, `TypeError` for what cannot be kept."""
        self._check(document)
        with _server_errors():
            try:
                self._stored.insert_one(document)
            except DuplicateKeyError as error:
                raise self._taken(document["_id"], error.details, is_new=True) from error

    def insert_many(self, documents: Sequence[Document], *, lazily: bool = False) -> list[Exception | None]:
        """Adds each document on its own, in as few messages as the driver can; the server flushes as it is set to."""
        for document in documents:
            self._check(document)
        if not documents:
            return []
        with _server_errors():
            try:
                self._stored.insert_many(documents, ordered=False)
            except BulkWriteError as error:
                return self._refusals(documents, error, is_new=True)
        return [None] * len(documents)

    def replace(self, document: Document, *, version: int, lazily: bool = False) -> None:
        """Compare-and-set on the version, durably. Raises `VersionChanged`, `KeyTaken`, `TypeError`."""
        self._check(document)
        if document["version"] == version:
            raise ValueError("a replacement must have another version")
        with _server_errors():
            try:
                result = self._stored.replace_one({"_id": document["_id"], "version": version}, document)
            except DuplicateKeyError as error:
                raise self._taken(document["_id"], error.details, is_new=False) from error
        if not result.matched_count:
            raise self._changed(document, version)

    def replace_many(self, changes: Sequence[tuple[Document, int]], *, lazily: bool = False) -> list[Exception | None]:
        """Replaces each document on its own, in as few messages as the driver can; the server flushes as it is set to."""
        if not changes:
            return []
        requests = [self._request(document, version) for document, version in changes]
        with _server_errors():
            try:
                result = self._stored.bulk_write(requests, ordered=False)
            except BulkWriteError as error:
                refusals = self._refusals([document for document, _ in changes], error, is_new=False)
            else:
                if result.matched_count == len(changes):
                    return [None] * len(changes)
                refusals = [None] * len(changes)
            return self._with_lost_races(changes, refusals)

    def find(
        self,
        where: Sequence[Condition] = (),
        *,
        order: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Page:
        """A page of the documents that meet every condition."""
        if limit < 1:
            raise ValueError("limit must be at least 1")
        question = ask(self.collection, where, order)
        place = None if after is None else question.place_of(after)
        with _server_errors():
            cursor = self._stored.find(page_filter(question, place), sort=sort_keys(question), limit=limit + 1)
            found = list(cursor)
        items = found[:limit]
        return Page(items=items, next=question.cursor_after(items[-1]) if len(found) > limit else None)

    def each(self, where: Sequence[Condition] = ()) -> Iterator[Document]:
        """Every document that meets every condition, by id, as the server sends them."""
        after: str | None = None
        while True:
            page = self.find(where, after=after, limit=READ_THROUGH_AT_ONCE)
            yield from page.items
            if (after := page.next) is None:
                return

    def count(self, where: Sequence[Condition] = ()) -> int:
        """How many documents meet every condition."""
        with _server_errors():
            return self._stored.count_documents(conditions_filter(ask(self.collection, where)))

    def group_count(self, path: str, where: Sequence[Condition] = ()) -> Mapping[Any, int]:
        """How many of them have each value, or element, of a declared field."""
        stages = group_stages(ask(self.collection, where), field_of(self.collection, path))
        with _server_errors():
            return {group["_id"]: int(group["number"]) for group in self._stored.aggregate(stages)}

    def _check(self, document: Document) -> None:
        check_document(document)
        for field in self.collection.fields:
            declared_value(document, field.path, field.kind)

    def _request(self, document: Document, version: int) -> ReplaceOne[Document]:
        self._check(document)
        if document["version"] == version:
            raise ValueError("a replacement must have another version")
        return ReplaceOne({"_id": document["_id"], "version": version}, document)

    def _with_lost_races(
        self, changes: Sequence[tuple[Document, int]], refusals: Sequence[Exception | None]
    ) -> list[Exception | None]:
        """The refusals with those that the server does not tell one by one: whose document is not at the new version."""
        ids = [document["_id"] for document, _ in changes]
        found = {each["_id"]: each["version"] for each in self._stored.find({"_id": {"$in": ids}}, {"version": 1})}
        return [
            refusal or (None if found.get(document["_id"]) == document["version"] else self._changed(document, version))
            for (document, version), refusal in zip(changes, refusals, strict=True)
        ]

    def _changed(self, document: Document, version: int) -> VersionChanged:
        return VersionChanged(f"{self.collection.name}: {document['_id']} is not at version {version}")

    def _refusals(
        self, documents: Sequence[Document], error: BulkWriteError, *, is_new: bool
    ) -> list[Exception | None]:
        details = error.details or {}
        if details.get("writeConcernErrors"):
            raise _away(error) from error
        refusals: list[Exception | None] = [None] * len(documents)
        for refused in details["writeErrors"]:
            if refused["code"] == _NOT_VALID:
                raise RefusedByBelt(f"{self.collection.name}: the server refuses {documents[refused['index']]['_id']}")
            if refused["code"] != _DUPLICATE_KEY:
                raise error
            refusals[refused["index"]] = self._taken(documents[refused["index"]]["_id"], refused, is_new=is_new)
        return refusals

    def _taken(self, id: str, details: Mapping[str, Any] | None, *, is_new: bool) -> IdTaken | KeyTaken:
        """Which refusal it is. A repeat of a stored document is told by its id, whichever index refused it first."""
        if is_new and self._stored.find_one({"_id": {"$eq": id}}, {"_id": 1}):
            return IdTaken(f"{self.collection.name}: {id} is taken")
        key = key_of(self.collection, (details or {}).get("keyPattern", ()))
        if key is None:
            raise BadDeclaration(f"{self.collection.name}: the server keeps a unique index that is not declared")
        return KeyTaken(self.collection.name, key)


def _index(stored: MongoCollection[Document], wanted: Sequence[Index]) -> list[str]:
    found = {name: info for name, info in stored.index_information().items() if name.startswith(OWN_INDEXES)}
    present = {index.name for index in wanted if index.name in found and index.is_like(found[index.name])}
    done = []
    for name in sorted(found.keys() - present):
        stored.drop_index(name)
        done.append(f"{stored.name}: dropped index {name}")
    for index in wanted:
        if index.name not in present:
            _create_index(stored, index)
            done.append(f"{stored.name}: created index {index.name}")
    return done


def _create_index(stored: MongoCollection[Document], index: Index) -> None:
    try:
        stored.create_index(list(index.keys), **index.options)
    except DuplicateKeyError as error:
        raise CannotMigrate(
            f"{stored.name}: the index {index.name} cannot be created: stored documents share its values"
        ) from error


@contextmanager
def _server_errors() -> Iterator[None]:
    try:
        yield
    except (ConnectionFailure, ExecutionTimeout, WriteConcernError) as error:
        raise _away(error) from error
    except InvalidOperation as error:  # what the driver says of a closed client
        raise _away(error) from error
    except DocumentTooLarge as error:
        raise TypeError(f"larger than a document may be ({LARGEST_BYTES} bytes)") from error
    except OperationFailure as error:
        if error.code == _NOT_VALID:
            raise RefusedByBelt("the server's rule of the collection refuses the document") from error
        if error.code in _NOT_ALLOWED_IN or error.timeout:
            raise _away(error) from error
        raise


def _away(error: PyMongoError) -> StoreAway:
    """A sentence without the server's own words, which may quote addresses."""
    return StoreAway(f"the document store cannot be used now ({type(error).__name__})")


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.settings import BadSetting
from shared.store.documents import Collection, Documents, Equal, Field, StoreAway
from shared.telemetry.current import current_traceparent
from shared.telemetry.outward import Outward
from shared.telemetry.stores import OPERATIONS
from shared.telemetry.tracing import Tracing, Untraced, open_tracing
from tests.support.documents import InMemoryStore
from tests.support.traces import Traces

NOTES = Collection(name="notes", fields=(Field(path="name"),))


def opened(exporter: str = "off", *, to: str = "", share: float = 1.0) -> Tracing:
    return open_tracing(exporter=exporter, to=to, share=share, embedded=True)


def test_off_leaves_every_part_as_it_is():
    tracing = opened()
    own = tracing.of("referrals")
    part: Any = object()

    assert isinstance(tracing, Untraced)
    assert own.store(part, system="sqlite") is part
    assert own.publisher(part) is part
    assert own.apply(part) is part
    assert own.services(part) is part
    assert own.part(part, Outward(spans={}, attributes={})) is part
    assert own.work("send", part) is part
    assert own.wsgi(part) is part
    assert current_traceparent() == ""


@pytest.mark.parametrize(("exporter", "share"), [("zipkin", 1.0), ("", 1.0), ("file", -0.1), ("file", 1.1)])
def test_a_wrong_setting_is_named(exporter: str, share: float):
    with pytest.raises(BadSetting, match="STEWARD_TRACES"):
        opened(exporter, share=share)


def test_a_file_gets_a_line_of_json_for_each_span(tmp_path: Path):
    tracing = opened("file", to=str(tmp_path / "traces.jsonl"))
    [answer] = tracing.of("gateway").wsgi(an_application)(a_request(), lambda *_: None)

    tracing.close()

    [line] = (tmp_path / "traces.jsonl").read_text(encoding="utf-8").splitlines()
    assert answer == b"done"
    assert json.loads(line)["name"] == "GET /notes"
    assert json.loads(line)["resource"]["attributes"]["service.name"] == "gateway"


def test_a_share_of_nought_keeps_no_trace_that_begins_here():
    traces = Traces(share=0.0)

    traces.tracing.of("gateway").wsgi(an_application)(a_request(), lambda *_: None)

    assert traces.spans() == []


def test_every_operation_of_a_store_is_told_and_does_what_it_did():
    traces = Traces()
    store = traces.tracing.of("referrals").store(InMemoryStore(), system="sqlite")
    notes = store.documents(NOTES)

    def use(environ: Any, start_response: Any) -> list[bytes]:
        notes.insert({"_id": "n-1", "version": 1, "name": "Alex Example"})
        notes.find([Equal(path="name", value="Alex Example")], limit=1)
        assert notes.get("n-1") is not None
        return []

    traces.tracing.of("gateway").wsgi(use)(a_request(), lambda *_: None)

    assert [span.name for span in traces.spans()] == ["GET /notes", "insert notes", "find notes", "get notes"]
    assert not any("Alex" in told or "n-1" in told for told in traces.attribute_values())
    told = dict(traces.one("insert notes").attributes or {})
    assert told == {
        "db.system.name": "sqlite",
        "db.namespace": "referrals",
        "db.collection.name": "notes",
        "db.operation.name": "insert",
    }


def test_what_a_store_does_by_itself_is_not_told():
    traces = Traces()

    traces.tracing.of("referrals").store(InMemoryStore(), system="sqlite").documents(NOTES).get("n-1")

    assert traces.spans() == []


def test_a_store_that_is_away_is_told_by_that_kind():
    traces = Traces()
    plain = InMemoryStore()
    notes = traces.tracing.of("referrals").store(plain, system="sqlite").documents(NOTES)
    plain.documents(NOTES).interrupt_next_write("before")

    def use(environ: Any, start_response: Any) -> list[bytes]:
        with pytest.raises(StoreAway):
            notes.insert({"_id": "n-1", "version": 1, "name": "Alex Example"})
        return []

    traces.tracing.of("gateway").wsgi(use)(a_request(), lambda *_: None)

    assert (traces.one("insert notes").attributes or {})["error.type"] == "StoreAway"


def test_the_operations_told_are_all_those_of_the_port():
    assert {"get", "insert", "insert_many", "replace", "find", "count", "group_count"} <= set(OPERATIONS)
    assert set(OPERATIONS) == {name for name in vars(Documents) if not name.startswith("_")} - {"collection"}


def a_request() -> dict[str, Any]:
    return {"REQUEST_METHOD": "GET", "PATH_INFO": "/notes", "steward.route": "/notes"}


def an_application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [b"done"]

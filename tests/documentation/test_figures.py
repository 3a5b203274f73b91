"""Every figure that a page or an alarm names is one that the platform tells."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from gateway.metrics import Metrics
from services.notifications.handlers.delivering import ATTEMPTS, DISABLED, ENDED, LAG
from services.referrals.handlers.intake import COUNCIL_EVENTS
from shared.telemetry.exposition import Exposition
from shared.telemetry.figures import SENT_AGAIN, SET_ASIDE
from tests.documentation.pages import PROJECT, text_of
from tests.unit.telemetry.test_exposition import EVENT, Service, Wire

PAGE = "docs/observability.md"
RULES = "infra/prometheus/steward.rules.yml"
FIGURE = re.compile(r"\b(?:steward|messaging)_[a-z_]+\b")
SUFFIXES = ("_total", "_bucket", "_count", "_sum")


def told() -> set[str]:
    """The names of all figures, without what Prometheus adds to them."""
    service = Service()
    service.figures.publisher(Wire()).publish(**EVENT).wait()
    for figure in (SENT_AGAIN, SET_ASIDE, COUNCIL_EVENTS, ENDED, DISABLED):
        service.figures.own.count(figure, *figure.labels)
    for figure in (ATTEMPTS, LAG):
        service.figures.own.time(figure, 1.0, *figure.labels)
    text = (Exposition({"referrals": service}).text() + Metrics().exposition()).decode()
    return {family.name for family in text_string_to_metric_families(text)}


def bare(name: str) -> str:
    """A figure's own name."""
    return next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)


def named_in(text: str) -> set[str]:
    labels = {"messaging_destination_name"}
    return {bare(name) for name in FIGURE.findall(text)} - labels


def rules() -> list[dict[str, Any]]:
    [group] = yaml.safe_load(text_of(RULES))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


@pytest.mark.parametrize("file", [PAGE, RULES])
def test_every_figure_named_is_told(file: str) -> None:
    assert named_in(text_of(file)) - told() == set()
    assert len(named_in(text_of(file))) >= 8


def test_every_figure_of_a_service_is_on_the_page() -> None:
    of_services = {family for family in told() if not family.startswith(("steward_http", "steward_sse", "steward_rpc"))}

    assert of_services - named_in(text_of(PAGE)) == set()


def test_a_figure_that_is_not_told_would_be_seen() -> None:
    assert named_in("rate(steward_outbox_depth_total[5m])") - told() == {"steward_outbox_depth"}


def test_every_alarm_has_a_runbook_that_is_there_and_a_name_of_its_own() -> None:
    assert len({rule["alert"] for rule in rules()}) == len(rules())
    for rule in rules():
        assert (Path(PROJECT) / rule["annotations"]["runbook"]).is_file(), rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")

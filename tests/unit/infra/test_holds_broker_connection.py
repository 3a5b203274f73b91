"""A service's container is healthy while the kernel knows a connection from it to the broker."""

from __future__ import annotations

import pytest

from infra.container.holds_broker_connection import broker_port, connections_to

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
TO_5672 = "   0: 0100007F:C350 0200007F:1628 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0 20\n"
TO_5672_CLOSING = TO_5672.replace(" 01 ", " 08 ")
FROM_5672 = "   1: 0100007F:1628 0200007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20\n"


@pytest.mark.parametrize(
    ("url", "port"),
    [("amqp://ledger:secret@rabbitmq:5673/", 5673), ("amqp://rabbitmq/", 5672), ("amqps://rabbitmq/", 5671)],
)
def test_the_port_is_the_one_in_the_address_or_its_schemes_own(url: str, port: int) -> None:
    assert broker_port(url) == port


@pytest.mark.parametrize(
    ("rows", "held"),
    [((), 0), ((TO_5672,), 1), ((TO_5672, TO_5672), 2), ((TO_5672_CLOSING,), 0), ((FROM_5672,), 0)],
    ids=["none", "one", "two", "closing", "the other way round"],
)
def test_only_established_connections_to_the_broker_count(rows: tuple[str, ...], held: int) -> None:
    assert connections_to(5672, HEADER + "".join(rows)) == held

"""Health check of a service's container: ends 0 while it holds a connection to the broker.

A service that hangs misses its heartbeats, the broker closes its connection, and the container turns unhealthy. It asks
the kernel only, so it costs the service nothing.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

ESTABLISHED = "01"
AMQP_PORTS = {"amqp": 5672, "amqps": 5671}
TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def broker_port(url: str) -> int:
    """The port in the broker's address, or its scheme's own."""
    parts = urlsplit(url)
    return parts.port or AMQP_PORTS[parts.scheme]


def connections_to(port: int, table: str) -> int:
    """Established connections to a remote port in one of the kernel's tables (`/proc/net/tcp`)."""
    rows = [line.split() for line in table.splitlines()[1:]]
    return sum(row[3] == ESTABLISHED and int(row[2].rpartition(":")[2], 16) == port for row in rows)


def main() -> int:
    """0 with a connection, 1 without."""
    port = broker_port(os.environ["STEWARD_BROKER_URL"])
    held = sum(connections_to(port, table.read_text()) for table in TABLES if table.exists())
    sys.stdout.write(f"{held} connections to the broker\n")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())

"""`amqps://`: whose certificates are believed, which name the broker's must bear, and the certificate we show, if any.

They stand in the broker's address as RabbitMQ's own clients have them: `amqps://user:word@host:5671/%2F?cacertfile=/path`.
The broker's certificate and name are always checked; nothing switches that off.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from shared.settings import BadSetting

OPTIONS = {
    "cacertfile": "ca_certs",
    "certfile": "certfile",
    "keyfile": "keyfile",
    "server_name_indication": "server_hostname",
}
FILES = ("cacertfile", "certfile", "keyfile")
SECURE = "amqps"


def without_options(broker_url: str) -> tuple[str, dict[str, Any] | None]:
    """The address alone, and what py-amqp is to do about TLS; `None` where the address asks for none."""
    parts = urlsplit(broker_url)
    if parts.scheme != SECURE:
        return broker_url, None
    given = {OPTIONS[name]: value for name, value in parse_qsl(parts.query) if name in OPTIONS}
    return urlunsplit(parts._replace(query="")), {"server_hostname": parts.hostname, **given}


def broker_address(text: str) -> str:
    """A broker's address from its setting. Raises `BadSetting`, which shows nothing of its password."""
    parts = urlsplit(text)
    given = dict(parse_qsl(parts.query))
    if given and parts.scheme != SECURE:
        raise BadSetting(f"STEWARD_BROKER_URL: only {SECURE}:// addresses have options ({', '.join(sorted(given))})")
    if unknown := sorted(given.keys() - OPTIONS.keys()):
        raise BadSetting(
            f"STEWARD_BROKER_URL: an address has no option {', '.join(unknown)}; there are {', '.join(OPTIONS)}"
        )
    if ("certfile" in given) != ("keyfile" in given):
        raise BadSetting("STEWARD_BROKER_URL: certfile and keyfile go together")
    if missing := [given[name] for name in FILES if name in given and not Path(given[name]).is_file()]:
        raise BadSetting(f"STEWARD_BROKER_URL: there is no file {', '.join(missing)}")
    return text

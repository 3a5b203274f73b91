"""Writes the API's OpenAPI document: `python -m gateway.openapi` (run at the project's root)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

from gateway.app import create_app
from gateway.identity import ProviderIdentity
from gateway.keys import FixedKeys
from gateway.routes.documentation import openapi_document
from gateway.settings import GatewaySettings
from gateway.tokens import TokenRules, TokenVerifier
from shared.clock import SystemClock
from shared.context import Caller

DOCUMENT = Path("docs/openapi.json")


class NoServices:
    """No service is needed to describe the API."""

    def call(
        self, service: str, method: str, payload: dict[str, Any], caller: Caller, timeout: float | None = None
    ) -> NoReturn:
        """Never called."""
        raise AssertionError(f"describing the API called {service}.{method}({payload}) as {caller} within {timeout}")


def render() -> str:
    """The document as text, the same on every machine."""
    clock = SystemClock()
    verifier = TokenVerifier(keys=FixedKeys(keys={}), rules=TokenRules(issuer="", audience=""), clock=clock)
    app = create_app(
        services=NoServices(), settings=GatewaySettings(), identity=ProviderIdentity(verifier=verifier), clock=clock
    )
    return json.dumps(openapi_document(app), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> None:
    """Writes the document."""
    DOCUMENT.write_text(render(), encoding="utf-8")
    sys.stdout.write(f"wrote {DOCUMENT}\n")


if __name__ == "__main__":
    main()

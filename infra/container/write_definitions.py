"""Writes the definitions that RabbitMQ loads at its start: the exported topology with this deployment's passwords.

usage: write_definitions.py EXPORTED WRITTEN

`steward topology export` knows the users and what each may do, but no password. Here each user gets the hash of the
password in STEWARD_PASSWORD_<USER>. A user without one (a council not connected yet) is written without a password and
can't sign in.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SALT_BYTES = 4
ALGORITHM = "rabbit_password_hashing_sha256"


def password_variable(user: str) -> str:
    """Where a user's password is looked for: `pa_registry` -> `STEWARD_PASSWORD_PA_REGISTRY`."""
    return f"STEWARD_PASSWORD_{re.sub(r'[^A-Za-z0-9]+', '_', user).upper()}"


def password_hash(password: str, salt: bytes) -> str:
    """RabbitMQ's form: base64 of the salt and the SHA-256 of salt and password."""
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def with_passwords(definitions: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The same definitions, each user with this deployment's password or with none."""
    return definitions | {"users": [_with_password(user, environment) for user in definitions["users"]]}


def _with_password(user: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    password = environment.get(password_variable(user["name"]), "")
    hashed = password_hash(password, secrets.token_bytes(SALT_BYTES)) if password else ""
    return user | {"password_hash": hashed, "hashing_algorithm": ALGORITHM}


def main(exported: str, written: str) -> None:
    """Writes the file whole or not at all, and says which users can't sign in."""
    definitions = with_passwords(json.loads(Path(exported).read_text()), os.environ)
    target = Path(written)
    partial = target.with_suffix(".part")
    partial.write_text(json.dumps(definitions, indent=2))
    partial.replace(target)
    locked_out = [user["name"] for user in definitions["users"] if not user["password_hash"]]
    sys.stdout.write(
        f"wrote {len(definitions['users'])} broker users; without a password: {', '.join(locked_out) or 'none'}\n"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

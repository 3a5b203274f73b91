"""The development sign-in: demo people, and tokens signed with a key of this platform's own."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from joserfc import jwt
from joserfc.jwk import OKPKey

from gateway.tokens import Who
from shared.clock import Clock

ALGORITHM = "Ed25519"
ISSUER = "urn:steward:development"
KEY_FILE = "development-signing-key.json"


@dataclass(frozen=True, kw_only=True)
class DemoPerson:
    """Someone plainly fictitious that a visitor may sign in as."""

    id: str
    name: str
    role: str
    councils: tuple[str, ...]
    about: str
    organisation_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class TokenIssuer:
    """Signs demo tokens, valid for `lifetime_seconds` of the platform's own clock."""

    key: OKPKey
    audience: str
    lifetime_seconds: int
    clock: Clock
    name: str = ISSUER

    def token(self, who: Who) -> str:
        """A signed token that says who is asking."""
        now = int(self.clock.now().timestamp())
        claims = {
            "iss": self.name,
            "aud": self.audience,
            "sub": who.actor_id,
            "name": who.name,
            "roles": list(who.roles),
            "councils": list(who.councils),
            "organisation_id": who.organisation_id,
            "iat": now,
            "exp": now + self.lifetime_seconds,
        }
        return jwt.encode({"alg": ALGORITHM, "kid": self.key.kid}, claims, self.key, algorithms=[ALGORITHM])

    def public_keys(self) -> Mapping[str, Any]:
        """The JWKS with which others verify these tokens; never the private half."""
        return {"keys": [self.key.as_dict(private=False, use="sig", alg=ALGORITHM)]}


@dataclass(frozen=True, kw_only=True)
class DevelopmentSignIn:
    """The demo people and the issuer of their tokens."""

    issuer: TokenIssuer
    people: Mapping[str, DemoPerson]

    def token_for(self, person: DemoPerson) -> str:
        return self.issuer.token(
            Who(
                actor_id=person.id,
                name=person.name,
                roles=(person.role,),
                councils=person.councils,
                organisation_id=person.organisation_id,
            )
        )


def signing_key(data_dir: Path) -> OKPKey:
    """This platform's own signing key, made on first use and readable by its owner only."""
    path = data_dir / KEY_FILE
    try:
        return OKPKey.import_key(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return _new_key(path)


def demo_people() -> Mapping[str, DemoPerson]:
    """The packaged demo people by id."""
    entries = yaml.safe_load(files("gateway").joinpath("demo_people.yaml").read_text(encoding="utf-8"))
    people = [DemoPerson(**{**entry, "councils": tuple(entry["councils"])}) for entry in entries]
    return {person.id: person for person in people}


def _new_key(path: Path) -> OKPKey:
    key = OKPKey.generate_key("Ed25519", private=True, auto_kid=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(key.as_dict(private=True), file)
    try:
        os.link(draft, path)  # unlike a rename, this lets the first of two processes win
    except FileExistsError:
        return signing_key(path.parent)
    finally:
        draft.unlink()
    return key

"""`steward gateway` and `steward token`, and the tokens that demonstrations sign in with."""

from __future__ import annotations

import os
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shared.cli.options import data_option, settings_for

if TYPE_CHECKING:
    from shared.clock import Clock


@click.command()
def gateway() -> None:
    """Run the HTTP gateway under gunicorn against the broker in settings.

    docs/settings.md has its settings; gateway/gunicorn.conf.py shows what they do.
    """
    if settings_for(None).embedded:
        raise click.ClickException(
            "STEWARD_BROKER_URL is embedded://; `steward up` runs the gateway in its own process"
        )
    config = str(files("gateway").joinpath("gunicorn.conf.py"))
    program = [sys.executable, "-m", "gunicorn", "--config", config, "gateway.wsgi:application()"]
    os.execv(sys.executable, program)  # noqa: S606  (replaces this process, so that signals reach gunicorn itself)


@click.command()
@click.option("--role", required=True, help="A role, such as adviser, safeguarding_team, council_system or ops.")
@click.option("--council", "councils", multiple=True, help="A council in the token's scope; repeat for several.")
@click.option("--organisation", "organisation_id", default=None, help="The provider that the caller belongs to.")
@click.option("--actor", "actor_id", default=None, help="Who the token speaks for [default: demo-<role>].")
@data_option
def token(
    role: str, councils: tuple[str, ...], organisation_id: str | None, actor_id: str | None, data: Path | None
) -> None:
    """Print a development token for the embedded platform on a data folder.

    Refused when a real identity provider is configured.
    """
    from shared.clock import SettableClock

    settings = settings_for(data)
    if not settings.embedded:
        raise click.ClickException("demo tokens exist on embedded platforms only: ask your identity provider")
    if not settings.data_path.exists():
        raise click.ClickException(f"there is no platform data in {settings.data_path}; give --data")
    click.echo(
        development_token(
            role=role,
            councils=councils or ("*",),
            organisation_id=organisation_id,
            actor_id=actor_id,
            data_dir=settings.data_path,
            clock=SettableClock(settings.data_path / "clock.json"),
        )
    )


def development_token(
    *,
    role: str,
    councils: tuple[str, ...],
    data_dir: Path,
    clock: Clock,
    organisation_id: str | None = None,
    actor_id: str | None = None,
) -> str:
    """A token signed with the data folder's own key. Raises `IdentityRefused`, and `UnknownRole` naming the roles."""
    from gateway.identity import development_identity
    from gateway.permissions import packaged_permissions
    from gateway.settings import GatewaySettings
    from gateway.tokens import Who
    from shared.settings import read_settings

    packaged_permissions().require_role(role)
    identity = development_identity(
        settings=read_settings(GatewaySettings), embedded=True, data_dir=data_dir, clock=clock
    )
    who = Who(
        actor_id=actor_id or f"demo-{role}",
        name=role,
        roles=(role,),
        councils=councils,
        organisation_id=organisation_id,
    )
    return identity.sign_in.issuer.token(who)

"""`steward simulate council-year`: a council's year of referrals, made up on the specification's own figures."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shared.cli.options import data_option

if TYPE_CHECKING:
    from shared.samples.council_year.feed import Feed

TRUTH_SUFFIX = ".truth.json"


@click.group()
def simulate() -> None:
    """Make up what a council would send: for a trial, a demonstration, or a check of the whole platform."""


@simulate.command(name="council-year")
@click.option("--council", "council_id", required=True, help="The council whose figures shape the year.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed gives the same bytes.")
@click.option(
    "--year", type=click.IntRange(1990, 2100), default=None, help="[default: the first whole year of its pack]"
)
@click.option("--referrals", type=click.IntRange(1, 9999), default=None, help="[default: the council's own number]")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write the events here.")
@click.option(
    "--publish", "address", default=None, metavar="URL", help="Send the events to the gateway at this address."
)
@click.option("--token", envvar="STEWARD_TOKEN", default=None, help="Bearer token [STEWARD_TOKEN], for --publish.")
@click.option("--check", is_flag=True, help="Play the year on a throw-away platform and check every count.")
@data_option
def council_year(
    *,
    council_id: str,
    seed: int,
    year: int | None,
    referrals: int | None,
    out: Path | None,
    address: str | None,
    token: str | None,
    check: bool,
    data: Path | None,
) -> None:
    """Make up a council's year: referrals, completions, repeats and rubbish, and the true count of it all.

    With --out the events go to a file, one JSON object to a line, and the counts beside it (FILE.truth.json). With
    --publish they go to a running platform. With --check the year is played day by day on an embedded platform, its clock
    set on, and what it reports is held against the counts; --data keeps that platform. Without any of these the counts
    are printed.
    """
    from shared.samples.council_year.cases import CouncilYear, UnknownYear
    from shared.samples.council_year.feed import Feed
    from shared.samples.council_year.truth import truth_of

    wanted = CouncilYear(
        council_id=council_id, seed=seed, year=year or _first_whole_year(council_id), referrals=referrals
    )
    feed = Feed(year=wanted)
    try:
        truth = truth_of(feed)
    except UnknownYear as error:
        raise click.ClickException(str(error)) from error
    if out is not None:
        _write(feed, truth, out)
    if address is not None:
        _send(feed, address=address, token=token)
    if check:
        _check(feed, truth, data)
    if out is None and address is None and not check:
        click.echo(json.dumps(truth, indent=2))


def _first_whole_year(council_id: str) -> int:
    """Before a council's policy is in force nothing can be decided under it. Raises `UnknownCouncil`."""
    from shared.policy.policies import Policies

    begins_on = Policies.load().packs.versions_of(council_id)[0].effective_on
    return begins_on.year if (begins_on.month, begins_on.day) == (1, 1) else begins_on.year + 1


def _write(feed: Feed, truth: dict[str, Any], out: Path) -> None:
    with out.open("wb") as file:
        file.writelines(feed.lines())
    beside = out.with_name(out.name + TRUTH_SUFFIX)
    beside.write_text(json.dumps(truth, indent=2) + "\n", encoding="utf-8")
    click.echo(f"{sum(truth['answers'].values())} events in {out}, the counts in {beside}")


def _send(feed: Feed, *, address: str, token: str | None) -> None:
    from collections import Counter

    from shared.samples.client import Client
    from shared.samples.council_year.playing import BATCH

    if token is None:
        raise click.ClickException("give --token or STEWARD_TOKEN (`steward token --role council_system --council ID`)")
    client, events = Client(address.rstrip("/"), token), list(feed.events())
    outcomes: Counter[str] = Counter()
    for start in range(0, len(events), BATCH):
        outcomes.update(answer["outcome"] for answer in client.publish(events[start : start + BATCH]))
    click.echo(", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())))


def _check(feed: Feed, truth: dict[str, Any], data: Path | None) -> None:
    from shared.cli.throw_away import throw_away_platform
    from shared.clock import SettableClock
    from shared.runtime.tokens import development_sign_in
    from shared.samples.council_year.playing import Disagreement, YearPlayed

    with tempfile.TemporaryDirectory(prefix="steward-year-") as scratch:
        folder = data or Path(scratch)
        clock = SettableClock(folder / "clock.json")
        begins = date(feed.year.year, 1, 1).isoformat()
        with throw_away_platform(folder, clock=f"{begins}T00:00") as address:
            sign_in = development_sign_in(data_dir=folder, clock=clock)
            played = YearPlayed(feed=feed, address=address, sign_in=sign_in, clock=clock, say=click.echo)
            began = time.monotonic()
            answers = played.play()
            click.echo(f"the year took {time.monotonic() - began:.1f} s; counting ...")
            try:
                differences = played.await_truth(truth, answers)
            except Disagreement as error:
                differences = [str(error)]
    if differences:
        click.echo("\n".join(differences), err=True)
        sys.exit(1)
    click.echo(f"every count is the truth: {json.dumps(truth)}")

"""Draws the sample people, referrals, providers and personal assistants of a council."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from typing import Any

import yaml

from shared.geography import Postcodes

SEED = 20_260_302
SAMPLES_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""The instant that samples are reckoned from when the same ones must come again on another day."""
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SLOTS = ("morning", "afternoon", "evening", "night")
SKILLS = (
    "personal-care",
    "meal-preparation",
    "help-with-medication",
    "moving-and-handling",
    "hoisting",
    "tube-feeding",
    "dementia-care",
    "communication-support",
    "housework",
    "shopping",
    "companionship",
    "going-out-and-activities",
)
QUALIFICATIONS = (
    "care-certificate",
    "diploma-in-care-level-2",
    "diploma-in-care-level-3",
    "moving-and-handling",
    "food-hygiene",
    "emergency-first-aid",
    "infection-control",
)
GROUPS = ("older-people", "physical-disability", "learning-disability", "autism", "mental-health", "dementia")
AGES = ("18-to-24", "25-to-64", "65-to-84", "85-and-over")
SHOWN = ("skills", "qualifications", "languages", "client_groups", "ages", "areas", "availability", "dbs", "driving")


def read_figures() -> Mapping[str, Any]:
    """The figures and lists that samples are drawn from."""
    text = files("shared.samples").joinpath("figures.yaml").read_text(encoding="utf-8")
    figures: Mapping[str, Any] = yaml.safe_load(text)
    return figures


@dataclass(frozen=True, kw_only=True)
class SampleCouncil:
    """One council's samples. `now` is the instant that days of birth and checks are reckoned back from."""

    council_id: str
    now: datetime
    seed: int = SEED

    @cached_property
    def _figures(self) -> Mapping[str, Any]:
        return read_figures()

    def postcodes(self, count: int) -> list[str]:
        """Real postcodes of the council's area."""
        authorities = self._figures["councils"][self.council_id]["authorities"]
        return Postcodes().postcodes_of(authorities, seed=self.seed, n=count)

    def providers(self) -> list[dict[str, Any]]:
        """`provider.listed` events: four providers of lot 1 and two brokers of lot 2 (CP 3.1)."""
        return [
            self.event(
                "provider.listed",
                f"provider-{number}",
                {
                    "provider_reference": f"PROV-{number:02d}",
                    "name": f"Sample Provider {number:02d}",
                    "lots": [1] if number <= 4 else [2],
                    "email": f"provider-{number:02d}@example.org",
                },
            )
            for number in range(1, 7)
        ]

    def referrals(self, count: int) -> list[dict[str, Any]]:
        """`referral.submitted` events, in the specification's proportions; every seventh lacks its plan (CE 4.3)."""
        postcodes = self.postcodes(count)
        return [self._referral(number, postcodes[number - 1]) for number in range(1, count + 1)]

    def personal_assistants(self, count: int) -> list[dict[str, Any]]:
        """Entries for the register as a personal assistant would send them (CE 3.2 "PA Finder")."""
        postcodes = self.postcodes(count + 500)[500:]
        return [self._personal_assistant(number, postcodes[number - 1]) for number in range(1, count + 1)]

    def _referral(self, number: int, postcode: str) -> dict[str, Any]:
        draw = self._draw("referral", number)
        asked = self._figures["referrals"]
        data = {
            "referral_reference": f"REF-{number:04d}",
            "source": "adult-social-care",
            "urgency": "urgent" if number % 9 == 0 else "standard",
            "deployment": self._deployment(),
            "has_eligible_needs": True,
            "self_funder": draw.random() < asked["self_funders"] / asked["total"],
            "client_group": self._client_group(draw),
            "weekly_budget_pence": draw.choice(self._figures["weekly_budgets_pence"]),
            "lot": 2 if number % 4 == 0 else 1,
            "person": self.person(number, postcode, draw),
            "referrer": {
                "referrer_reference": f"SW-{number % 5:02d}",
                "name": f"Sample Social Worker {number % 5:02d}",
                "email": f"social-worker-{number % 5:02d}@example.org",
            },
        }
        if number % 7:
            data["care_and_support_plan"] = f"CSP-{number:04d}"
        return self.event("referral.submitted", f"referral-{number}", data)

    def person(self, number: int, postcode: str, draw: random.Random) -> dict[str, Any]:
        """A plainly fictitious adult who lives at this postcode."""
        given = draw.choice(self._figures["given_names"])
        born = date(self.now.year - draw.randint(19, 92), draw.randint(1, 12), draw.randint(1, 28))
        person: dict[str, Any] = {
            "person_reference": f"P-{number:05d}",
            "name": f"{given} Sample {number:04d}",
            "born_on": born.isoformat(),
            "gender": draw.choice(["woman", "man", "not stated"]),
            "ethnicity": "not stated",
            "postcode": postcode,
            "email": f"person-{number:04d}@example.org",
            "sms": f"07700 900{number % 1000:03d}",  # numbers that Ofcom keeps for drama
            "phone": f"01632 960{number % 1000:03d}",
            "letter": f"{number} Sample Street\n{postcode}",
            "preferred_channel": draw.choice(["email", "email", "sms", "letter", "phone"]),
        }
        if number % 6 == 0:
            person["unsafe_channels"] = ["sms", "phone"]
        return person

    def _personal_assistant(self, number: int, postcode: str) -> dict[str, Any]:
        draw = self._draw("personal-assistant", number)
        facets = {
            "skills": self._some(draw, SKILLS, 3, 8),
            "qualifications": self._some(draw, QUALIFICATIONS, 1, 4),
            "languages": sorted({"english", draw.choice(self._figures["languages"])}),
            "client_groups": self._some(draw, GROUPS, 1, 4),
            "ages": self._some(draw, AGES, 1, 4),
            "gender": [draw.choice(["woman", "man", "non-binary"])],
            "areas": [postcode.split(maxsplit=1)[0].lower()],
            "smoker": [draw.choice(["does-not-smoke", "does-not-smoke", "smokes"])],
            "availability": sorted(f"{day}-{slot}" for day in DAYS for slot in SLOTS if draw.random() < 0.35),
            "driving": [draw.choice(["full-licence", "own-car", "insured-for-work", "does-not-drive"])],
        }
        checked_on = self.now.date() - timedelta(days=draw.randint(10, 900))
        return {
            "council_id": self.council_id,
            "headline": draw.choice(self._figures["headlines"]),
            "about": f"Sample entry {number:03d}. {draw.choice(self._figures['headlines'])}.",
            "facets": facets,
            "shown": list(SHOWN),
            "postcode": postcode,
            "contact": {
                "name": f"Sample Assistant {number:03d}",
                "email": f"assistant-{number:03d}@example.org",
                "preferred_channel": "email",
            },
            "checked_on": checked_on.isoformat(),
        }

    def event(self, type: str, name: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """A CloudEvent of this council's; the name makes its id."""
        return {
            "specversion": "1.0",
            "id": f"{self.council_id}-{name}",
            "source": f"/councils/{self.council_id}",
            "type": type,
            "time": self.now.astimezone(UTC).isoformat(timespec="seconds"),
            "datacontenttype": "application/json",
            "data": dict(data),
        }

    def _deployment(self) -> str:
        return "direct_payment" if self.council_id == "cheshire-east" else "individual_service_fund"

    def _client_group(self, draw: random.Random) -> str:
        counts = self._figures["client_groups"]["counts"]
        return str(draw.choices(list(counts), weights=list(counts.values()))[0])

    def _draw(self, what: str, number: int) -> random.Random:
        return random.Random(f"{self.seed}/{self.council_id}/{what}/{number}")  # noqa: S311  (samples, not secrets)

    @staticmethod
    def _some(draw: random.Random, values: Sequence[str], least: int, most: int) -> list[str]:
        return sorted(draw.sample(values, draw.randint(least, min(most, len(values)))))

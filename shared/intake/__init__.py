"""Intake formats beside CloudEvents: a CSV of referrals, and FHIR R4 messages of referrals."""

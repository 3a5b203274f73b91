"""FHIR R4 messages of referrals, shaped as the NHS's Booking and Referral Standard (BaRS) has them."""

"""Referrals: intake from councils and people, the answer in time, offers to providers, and how support is set up.

Owns the person's record, the referral, and the list of providers.
"""

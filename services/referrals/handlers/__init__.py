"""Use cases of referrals, by what practitioners call them: intake, answering, offers, support."""

"""Use cases of referrals, a module for each family."""

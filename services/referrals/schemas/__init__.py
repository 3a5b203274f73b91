"""What comes in and goes out of referrals' calls, a module for each family."""

"""The fund, its book and its spending rules."""

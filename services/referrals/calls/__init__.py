"""The calls that referrals answers, a class for each family; `service.py` puts them together."""

"""The calls that the ledger answers, a class for each family; `service.py` puts them together."""

"""What comes in and goes out of the ledger's calls, a module for each family."""

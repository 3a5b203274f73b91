"""The register's rules as values: entries, checks, who sees what, restrictions, public tables. No store, clock, broker."""

"""Use cases of the register, by what practitioners call them: entries, restrictions, finding, the index."""

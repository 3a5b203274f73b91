"""Where a service's documents live: one narrow port, two adapters that pass the same contract suite."""

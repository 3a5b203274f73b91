"""A service of the tests' own that writes down, in order, every event it is told of: an append shows each loss and repeat."""

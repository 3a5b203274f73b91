"""A council's year: its referrals as a case system would send them, what became of each, and the count of it all.

Shaped on the specification's own figures (CE 1.9). The same council, seed and year always give the same bytes.
"""

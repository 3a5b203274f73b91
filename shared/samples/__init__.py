"""Sample councils: plainly fictitious people on real postcodes, in the proportions that the specifications give.

The same seed always gives the same people.
"""

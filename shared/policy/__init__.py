"""Council policy: dated, cited packs of rules, and the calculation of deadlines that explains itself.

`policies.py` is the way in for services; `clocks.py` and `calendars.py` are pure; plugins bring packs by `source.py`.
"""

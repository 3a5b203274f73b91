"""Attacks on whole platforms: processes killed at every step of the protocol, at random, or restarted, with clients at work.

How to write another attack:

    with on_engines(tmp_path, broker_url=..., store_url=..., services=SERVICES) as fleet:   # fleet.py; or embedded(...)
        load = Load(fleet=fleet)                                    # load.py: clients that note what they were told
        with load.running(referrers=3, spenders=1):
            fleet.kill("referrals-0")                               # or whatever the attack is; attacks.py has some
            fleet.start("referrals-0", "after-commit:kill:3")       # to die by itself at a point of shared/faults.py
            load.await_operations(200, within=60)
        outcome = outcome_of(fleet, load.run)                       # effects.py: waits until all is at rest, then checks
    report(...)                                                     # results.py: a line for docs/reliability.md
    assert outcome.verdict.holds, outcome.verdict                   # checking.py: lost, duplicated, out of order, unexpected

The fixture `attacked` of conftest.py gives a fleet on each platform in turn. The *witness* is a service of the tests' own, beside
the real ones: it appends each event to a list, so that an effect that is lost, doubled or out of order can be seen. `Fleet.noted`
reads what members noted at points armed with `point:note`.

`make test-faults` runs the short form, `make faults` the long one; results.py says which variables set their lengths.
"""

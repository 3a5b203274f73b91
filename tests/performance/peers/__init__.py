"""What a user would pick instead, each doing the same work; `bench_peers` makes them an environment of their own."""

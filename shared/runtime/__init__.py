"""How the platform is put together and kept running; the one place where adapters are chosen from settings."""

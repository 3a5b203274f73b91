"""What the services and the gateway have in common: the published language, messaging, stores, plugins and policy."""

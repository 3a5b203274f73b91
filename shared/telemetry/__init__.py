"""What can be watched of a running platform: traces (OpenTelemetry) and figures (Prometheus). Ids and names of things only."""

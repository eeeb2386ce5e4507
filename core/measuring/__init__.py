"""Measure runs from outside: totals for Prometheus, traces for OpenTelemetry."""

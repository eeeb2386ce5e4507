"""Tests: connectors.rest."""

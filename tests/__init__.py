"""The tests of iHUB."""

"""Run iHUB itself: `make run`, doctor, keys, demo."""

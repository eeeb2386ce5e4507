"""Tests of the data set: its tables, its files, and what they say of a run."""

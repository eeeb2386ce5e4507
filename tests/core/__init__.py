"""Tests of core: each package has its folder."""

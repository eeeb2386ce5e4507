"""Tests of the story of one employee."""

"""Prove on generated companies, whose real people are known, that nobody is mistaken, lost or duplicated."""

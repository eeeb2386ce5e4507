"""Carry a plan out, and recover after a crash."""

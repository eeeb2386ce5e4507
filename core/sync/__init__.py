"""The engine, in seven packages: store, compare, runtime, match, ownership, plan, write."""

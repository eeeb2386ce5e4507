"""The engine, in six packages: store, compare, match, runtime, plan, write."""

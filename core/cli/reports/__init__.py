"""Commands about runs: lists, reports, comparisons, readiness."""

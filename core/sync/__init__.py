"""The sync engine: read → filter → match → process → guard → write."""

"""The rules of iHUB: accounts, connections, jobs, runs and reports over one SQL store."""

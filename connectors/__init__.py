"""The systems iHUB reads employees from and writes them to."""

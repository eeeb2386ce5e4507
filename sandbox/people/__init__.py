"""The invented employees of a fictitious company."""

"""Commands about one employee."""

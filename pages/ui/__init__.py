"""What the pages share: the guard, links, tables, times and badges."""

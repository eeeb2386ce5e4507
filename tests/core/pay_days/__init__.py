"""Pay calendars, the super clock, the pay-day forecast."""

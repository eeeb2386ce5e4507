"""Wall clocks and calendars: days of a week or month, cron expressions, closed hours."""

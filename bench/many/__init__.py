"""Many accounts: how late schedules start, simulated for 10,000 of them and measured for 300."""

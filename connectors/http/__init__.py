"""Send requests to a system: connections, rate limit, retries and OAuth."""

"""Send what is due, mails and calls of webhooks, from an outbox."""

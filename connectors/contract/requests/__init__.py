"""What is known of requests beyond their responses."""

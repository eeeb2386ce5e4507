"""What a file that describes a system may say."""

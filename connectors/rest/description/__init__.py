"""What a file that describes a system can say."""

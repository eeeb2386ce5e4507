"""Programs that make uses to prepare and check the project."""

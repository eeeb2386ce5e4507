"""What waits for a person: held plans, previews, ambiguous matches."""

"""What iHUB tells people: a mail server that takes every mail, and addresses that take every webhook."""

"""Systems that a file describes: plain REST interfaces, with no code of their own."""

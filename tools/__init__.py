"""How the project prepares and checks itself: plain programs that make calls."""

"""The addresses of iHUB that are not pages: sign-in, consent trips, downloads and health."""

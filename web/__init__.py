"""The routes of iHUB that are not pages (sign-in, OAuth, exports, health), and its middleware."""

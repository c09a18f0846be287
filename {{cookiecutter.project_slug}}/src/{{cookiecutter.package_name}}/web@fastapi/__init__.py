"""The web application: what a request gets, what it answers, and how it fails."""

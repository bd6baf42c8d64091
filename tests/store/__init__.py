"""The app database, on SQLite and PostgreSQL."""

"""Backups by the database server's own tools, and the way back."""

"""Views of the inbox, one noun a file."""

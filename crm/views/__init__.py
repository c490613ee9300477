"""Pages of companies, contacts and instructors."""

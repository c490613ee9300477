"""The office of the demo: a training company, its staff, its numbers and who writes to them."""

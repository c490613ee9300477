"""Making rows that hang together: for `manage.py seed`, the demo and the tests."""

"""Search by Elasticsearch, where ELASTICSEARCH_URL is set.

The client is imported inside functions: `make demo` runs without it.
"""

"""What every app's data stands on: timestamps, ids, indexes, paging, partitions. Imports no app."""

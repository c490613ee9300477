"""What must be true of the rows at all times, looked at every night.

Two promises cannot be seen in the rows: that every webhook answered with 200 is in the journal,
and that a status never fell. `make faults` and the tests of the drain hold those.
"""

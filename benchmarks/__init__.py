"""How fast Mercury is, as ratios within one run: `make bench` (SCALE=10m for ten million).

Ratios, because milliseconds say more about the machine than about the code.
"""

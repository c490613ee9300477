"""Private servers, lanes and set-up behind the Makefile; standard library only.

It runs before the virtual environment exists, on whatever Python 3.11+ the machine has.
"""

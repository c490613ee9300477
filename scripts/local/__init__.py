"""Running the whole product on this machine for `make demo`."""

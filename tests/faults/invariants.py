"""What must be true of the rows whatever happened to the machine: the product's own rules."""

from mercury.ops.invariants import nightly

MOST = 5


def broken() -> tuple[str, ...]:
    """The invariants that do not hold, in words, every file read byte by byte; empty when all do.

    Looks at all rows there are, those of earlier experiments too.
    """
    found = nightly.look(every_byte=True)
    unfinished = [outcome.name for outcome in found if not outcome.is_finished]
    if unfinished or not found:
        raise RuntimeError(f"Not looked at to the end: {unfinished or 'anything'}.")
    return tuple(
        f"{outcome.name} ({len(outcome.violations)} of {outcome.looked_at}): {example}"
        for outcome in found
        for example in outcome.examples[:MOST]
    )

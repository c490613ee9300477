"""Ids made by us."""

import threading

from mercury.db.ids import new_id


def test_ids_rise_within_a_process_and_fit_64_bits() -> None:
    ids = [new_id() for _ in range(5_000)]

    assert ids == sorted(set(ids))
    assert max(ids) < 2**63


def test_ids_of_many_threads_differ() -> None:
    made: list[int] = []

    def make() -> None:
        made.extend([new_id() for _ in range(1_000)])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 4_000

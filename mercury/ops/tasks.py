"""Scheduled work of operations: each takes nothing and asks a service for what is due."""

from celery import shared_task


@shared_task(name="report_worker")
def report_worker() -> None:
    """Say that the queue `default` has a worker that takes tasks."""
    from mercury.ops.health import marks

    marks.report_alive(marks.WORKER)


@shared_task(name="report_drain")
def report_drain() -> None:
    """Say that the queue `drain` has a worker that takes tasks."""
    from mercury.ops.health import marks

    marks.report_alive(marks.DRAIN)


@shared_task(name="sample_health")
def sample_health() -> None:
    """Write down how everything is, when it is time or something has changed."""
    from mercury.ops.health import samples as service

    service.take()


@shared_task(name="measure_tables")
def measure_tables() -> None:
    """Write down how large every table is, once a day."""
    from mercury.ops.monitoring import sizes as service

    service.measure_daily()


@shared_task(name="count_messages")
def count_messages() -> None:
    """Count the messages of each number for the report on numbers."""
    from mercury.ops.monitoring import reports as service

    service.count_all()


@shared_task(name="check_invariants", time_limit=3 * 3600, soft_time_limit=3 * 3600 - 60)
def check_invariants() -> None:
    """Look at night for rows that contradict each other."""
    from mercury.ops.invariants import nightly as service

    service.run()

"""What routing reads to replicas costs a page: the same database stands in for the replica."""

from benchmarks import pages
from benchmarks.report import Figure

GOAL = 1.03


def run() -> list[Figure]:
    """Compare the list of chats with and without routers, by turns in one process."""
    with pages.process(pages.SMALL, DATABASE_REPLICA_URLS="{url}") as process:
        found = pages.ask(process, "routing")
    assert found["replica_queries"], "no replica was read: nothing was measured"
    return [
        Figure(
            "page with replicas / without", found["ratio"], GOAL, least=False,
            detail=f"{found['with']:.2f} ms : {found['without']:.2f} ms",
        )
    ]  # fmt: skip

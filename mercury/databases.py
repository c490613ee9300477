"""The database aliases: default, journal, replica_1.., shard_0.. from their variables."""

from copy import deepcopy
from typing import Any

from mercury.environment import VAR_DIR, database, env, urls


def aliases() -> dict[str, dict[str, Any]]:
    """All of DATABASES.

    `journal` is the default database again under timeouts of one second, so that a webhook
    meets a sick database with 503 instead of waiting (DESIGN: "Data in").
    """
    default = database(
        str(env.str("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'mercury.sqlite3'}")),
        "DATABASE_URL",
    )
    found = {"default": default, "journal": _journal(default)}
    for number, url in enumerate(urls("DATABASE_REPLICA_URLS"), start=1):
        found[f"replica_{number}"] = database(url, "DATABASE_REPLICA_URLS")
        found[f"replica_{number}"]["TEST"] = {"MIRROR": "default"}
    for number, url in enumerate(urls("SHARD_DATABASE_URLS")):
        found[f"shard_{number}"] = database(url, "SHARD_DATABASE_URLS")
    return found


def _journal(default: dict[str, Any]) -> dict[str, Any]:
    journal = deepcopy(default)
    journal["TEST"] = {**journal.get("TEST", {}), "MIRROR": "default"}
    if "mysql" in journal["ENGINE"]:
        journal["OPTIONS"] |= {
            "connect_timeout": 1,
            "read_timeout": 1,
            "write_timeout": 1,
            "init_command": "SET time_zone = '+00:00', innodb_lock_wait_timeout = 1",
        }
        # A check before each request would cost one round trip per webhook; the journal
        # reconnects once on a connection that turns out dead.
        journal["CONN_HEALTH_CHECKS"] = False
    else:
        journal["OPTIONS"] |= {"timeout": 1}
    return journal

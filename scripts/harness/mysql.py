"""Private MySQL and MariaDB servers on a free port, with data under var/servers."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from scripts.harness import mysql_folder, timezones
from scripts.harness.folders import server_folder
from scripts.harness.mysql_folder import NoMySQL
from scripts.harness.processes import child, free_port

__all__ = ["Binaries", "NoMySQL", "Server", "find_mariadb", "find_mysql", "running"]

START_SECONDS = 60

# Fast rather than durable: the data is thrown away. Benchmarks pass their own.
COMMON = {
    "bind_address": "127.0.0.1",
    "skip_name_resolve": "ON",
    "character_set_server": "utf8mb4",
    "max_connections": "200",
    "innodb_buffer_pool_size": "256M",
    "innodb_flush_log_at_trx_commit": "2",
    "innodb_doublewrite": "OFF",
    "sync_binlog": "0",
    "log_bin_trust_function_creators": "ON",
    "secure_file_priv": "",
}
ONLY_MYSQL = {"mysqlx": "OFF", "innodb_redo_log_capacity": "128M", "performance_schema": "ON"}
ONLY_MARIADB = {"innodb_log_file_size": "128M"}


@dataclass(frozen=True)
class Binaries:
    """Where a server's programs are, and what its programs must be told."""

    kind: str
    server: list[str]
    client: list[str]
    options: dict[str, str]


@dataclass(frozen=True)
class Server:
    """A database server to test on."""

    kind: str
    version: str
    url: str
    port: int = 0
    client: tuple[str, ...] = ()
    log: Path | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"

    def execute(self, sql: str) -> str:
        """Run statements as root; returns rows as tab-separated lines."""
        return _execute(list(self.client), sql)


def find_mysql() -> Binaries:
    """A real MySQL: from the PATH, else from the cached sid folder. Raises NoMySQL."""
    if (server := shutil.which("mysqld")) and "MariaDB" not in _output([server, "--version"]):
        client = shutil.which("mysql")
        if not client:
            raise NoMySQL("mysqld is on the PATH, but the mysql client is not")
        return Binaries("MySQL", [server], [client], {})
    root = mysql_folder.folder()
    return Binaries(
        "MySQL",
        mysql_folder.command(root, "usr/sbin/mysqld"),
        mysql_folder.command(root, "usr/bin/mysql"),
        {
            "basedir": str(root / "usr"),
            "plugin_dir": str(root / "usr/lib/mysql/plugin"),
            "lc_messages_dir": str(root / "usr/share/mysql"),
            "character_sets_dir": str(root / "usr/share/mysql/charsets"),
        },
    )


def find_mariadb() -> Binaries:
    """MariaDB from the PATH. Raises NoMySQL."""
    server = shutil.which("mariadbd", path=os.environ.get("PATH", "") + ":/usr/sbin")
    client = shutil.which("mariadb")
    if not server or not client or not shutil.which("mariadb-install-db"):
        raise NoMySQL("apt-get install mariadb-server-core mariadb-client-core")
    return Binaries("MariaDB", [server], [client], {})


@contextmanager
def running(binaries: Binaries, **options: str) -> Iterator[Server]:
    """A fresh server with time zones and an empty database `mercury`, gone at the end.

    `options` are server variables and win over ours, such as `server_id="2", gtid_mode="ON",
    enforce_gtid_consistency="ON", log_bin="binlog"` for replication.
    """
    port = free_port()
    with server_folder(f"{binaries.kind.lower()}-{port}") as folder:
        config = _write_config(binaries, folder, port, options)
        socket = _socket(folder, port)
        client = [*binaries.client, "--no-defaults", "-uroot", f"--socket={socket}"]
        log = folder / "server.log"
        _initialise(binaries, config, log)
        command = [*binaries.server, f"--defaults-file={config}"]
        try:
            with child(command, log=log) as process:
                version = _wait(process, client, log)
                _prepare(client)
                url = f"mysql://root@127.0.0.1:{port}/mercury"
                yield Server(binaries.kind, version, url, port, tuple(client), log)
        finally:
            for leftover in (socket, Path(f"{socket}.lock")):
                leftover.unlink(missing_ok=True)


def _write_config(binaries: Binaries, folder: Path, port: int, options: dict[str, str]) -> Path:
    variables = {
        **COMMON,
        **(ONLY_MYSQL if binaries.kind == "MySQL" else ONLY_MARIADB),
        **binaries.options,
        "datadir": str(folder / "data"),
        "socket": str(_socket(folder, port)),
        "pid_file": str(folder / "server.pid"),
        "port": str(port),
        **options,
    }
    if os.geteuid() == 0:
        variables["user"] = "root"
    lines = [f"{name}={value}" for name, value in variables.items()]
    if "log_bin" not in options:
        lines.append("skip_log_bin")
    path = folder / "server.cnf"
    path.write_text("\n".join(["[mysqld]", *lines, ""]))
    return path


def _socket(folder: Path, port: int) -> Path:
    """A path the kernel takes: at most 107 characters, however deep the checkout lies."""
    path = folder / "server.sock"
    return path if len(str(path)) < 100 else Path(gettempdir(), f"mercury-{port}.sock")


def _initialise(binaries: Binaries, config: Path, log: Path) -> None:
    if binaries.kind == "MySQL":
        command = [*binaries.server, f"--defaults-file={config}", "--initialize-insecure"]
    else:
        command = [
            "mariadb-install-db", f"--defaults-file={config}", "--skip-test-db",
            "--auth-root-authentication-method=normal",
        ]  # fmt: skip
    with log.open("ab") as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        )
    if done.returncode:
        raise NoMySQL(f"{binaries.kind} cannot make its data folder:\n{_tail(log)}")


def _wait(process: subprocess.Popen[bytes], client: list[str], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            answer = _execute(client, "SELECT VERSION()")
        except RuntimeError:
            time.sleep(0.1)
        else:
            return re.sub(r"-MariaDB.*", "", answer.strip())
    raise NoMySQL(f"the server does not start:\n{_tail(log)}")


def _prepare(client: list[str]) -> None:
    """Root by TCP, the database, the time zones; none of it in the binary log."""
    sql = [
        "SET SESSION sql_log_bin = 0",
        "CREATE USER IF NOT EXISTS 'root'@'127.0.0.1'",
        "GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION",
        *timezones.statements(),
        "FLUSH PRIVILEGES",
        "SET SESSION sql_log_bin = 1",
        "CREATE DATABASE mercury CHARACTER SET utf8mb4",
    ]
    _execute(client, ";\n".join(sql))


def _execute(client: list[str], sql: str) -> str:
    done = subprocess.run(
        [*client, "--batch", "--skip-column-names"],
        input=sql, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])

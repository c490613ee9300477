"""docker-compose.yml, the Dockerfile and what is beside them, read as files."""

import ast
import re
from typing import Any

import pytest
import yaml

from mercury.environment import BASE_DIR

COMPOSE = (BASE_DIR / "docker-compose.yml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
OURS = ["setup", "web", "events", "worker-drain", "worker", "beat"]
SECRET = re.compile(r"PASSWORD|SECRET|_KEYS?$|TOKEN")


def commands() -> dict[str, str]:
    return {
        name: " ".join(command) if isinstance(command := service["command"], list) else command
        for name, service in SERVICES.items()
        if "command" in service
    }


def test_compose_has_every_part_of_production() -> None:
    assert sorted(SERVICES) == sorted([*OURS, "proxy", "mysql", "redis", "waha", "elasticsearch"])
    assert SERVICES["elasticsearch"]["profiles"] == ["search"]
    assert [name for name, service in SERVICES.items() if "profiles" in service] == [
        "elasticsearch"
    ]


def test_compose_gives_no_secret_a_default() -> None:
    # `${NAME:?words}` stops with words; `${NAME:-value}`, `${NAME}` and a literal do not.
    # An empty value (`${NAME:-}`) is none: it leaves off what needs the secret.
    variables = re.findall(r"\$\{([A-Z0-9_]+)((?::?[?\-])?[^}]?)", COMPOSE)
    secrets = [(name, rest) for name, rest in variables if SECRET.search(name)]
    lax = {name for name, rest in secrets if not rest.startswith(":?") and rest != ":-"}
    literal = [
        f"{service}.{name}"
        for service, described in SERVICES.items()
        for name, value in described.get("environment", {}).items()
        if SECRET.search(name) and not str(value).startswith("${")
    ]

    assert (lax, literal) == (set(), [])


def test_compose_refuses_to_start_with_words_on_what_to_do() -> None:
    messages = re.findall(r"\$\{([A-Z0-9_]+):\?([^}]*)\}", COMPOSE)

    assert len(messages) > 8
    for name, words in messages:
        assert words == f"{name} is not set. Make a .env with manage.py make_env"


def test_compose_watches_and_restarts_every_server() -> None:
    without = {name for name, service in SERVICES.items() if "test" not in service["healthcheck"]}
    restarts = {service["restart"] for name, service in SERVICES.items() if name != "setup"}

    assert (without, restarts) == ({"setup"}, {"unless-stopped"})


@pytest.mark.parametrize("name", [name for name in OURS if name != "setup"])
def test_compose_serves_nothing_before_tables_and_roles_are_there(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {
        "setup": {"condition": "service_completed_successfully"}
    }
    assert commands()["setup"].endswith(
        "python manage.py migrate --noinput && python manage.py seed --roles"
        " && python manage.py partitions"
    )


@pytest.mark.parametrize("name", OURS)
def test_compose_runs_ours_unprivileged_and_read_only(name: str) -> None:
    service = SERVICES[name]

    assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (
        True,
        ["ALL"],
        ["no-new-privileges:true"],
    )


def test_compose_pins_images_and_publishes_the_proxy_alone() -> None:
    images = {service["image"] for name, service in SERVICES.items() if name not in OURS}
    unpinned = [image for image in images if not re.search(r":[a-z-]*\d+\.\d+\.\d+", image)]
    published = [name for name, service in SERVICES.items() if "ports" in service]

    assert (unpinned, published) == ([], ["proxy"])


def test_compose_keeps_database_and_redis_off_the_internet() -> None:
    networks = yaml.safe_load(COMPOSE)["networks"]

    assert networks["data"] == {"internal": True}
    assert (SERVICES["mysql"]["networks"], SERVICES["redis"]["networks"]) == (["data"], ["data"])
    assert "edge" not in SERVICES["waha"]["networks"]


def test_compose_names_only_volumes_that_exist() -> None:
    named = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }

    assert named == set(yaml.safe_load(COMPOSE)["volumes"])


def test_procfile_starts_what_compose_starts() -> None:
    procfile = dict(
        line.split(": ", 1) for line in (BASE_DIR / "Procfile").read_text().splitlines()
    )

    assert {"web", "events", "worker-drain", "worker", "beat"} <= set(procfile)
    for name in ("worker-drain", "worker"):
        assert procfile[name] == commands()[name]


@pytest.mark.parametrize("name", ["own-mysql", "own-waha"])
def test_override_takes_a_bundled_server_out(name: str) -> None:
    override = yaml.safe_load((BASE_DIR / f"deploy/compose.{name}.yml").read_text())
    server = name.removeprefix("own-")

    assert override == {"services": {server: {"profiles": ["bundled"]}}}
    needed = [
        user
        for user, service in SERVICES.items()
        if service.get("depends_on", {}).get(server, {}).get("required", True)
        and server in service.get("depends_on", {})
    ]
    assert needed == []


def test_image_has_no_secret_and_no_root() -> None:
    dockerfile = (BASE_DIR / "Dockerfile").read_text()
    ignored = (BASE_DIR / ".dockerignore").read_text().split()

    assert {".env", "var", ".git"} <= set(ignored)
    assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE) == ["mercury"]
    assert "--require-hashes -r /tmp/production.lock" in dockerfile
    assert "ENV SECRET_KEY" not in dockerfile


def test_gunicorn_configuration_is_python_that_names_our_application() -> None:
    tree = ast.parse((BASE_DIR / "deploy/gunicorn.conf.py").read_text())
    values = {
        node.targets[0].id: ast.unparse(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }

    assert values["wsgi_app"] == "'mercury.wsgi'"
    assert values["preload_app"] == "True"
    assert values["accesslog"] == "None"


def test_compose_hands_every_documented_setting_on() -> None:
    listed = set(
        re.findall(r"^#?\s?([A-Z][A-Z0-9_]+)=", (BASE_DIR / ".env.example").read_text(), re.M)
    )
    given = set(SERVICES["web"]["environment"]) | set(re.findall(r"\$\{([A-Z0-9_]+)", COMPOSE))

    # Development's, gunicorn's address in the container, and the folder inside the image.
    assert listed - given == {"DEBUG", "DEMO_PASSWORD", "MERCURY_VAR", "WEB_BIND"}

"""WAHA's OpenAPI, as loose as WAHA itself is: see the three relaxations in `tolerant`."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

DATA = Path(__file__).parents[2] / "data" / "waha"
NEVER_NULL = {"id", "event", "session", "payload", "chatId", "labelId"}
LEFT_OUT = {
    "to",
    "participant",
    "mediaUrl",
    "source",
    "invite",
    "hasMedia",
    "_data",
    "description",
    "membersCanAddNewMember",
    "membersCanSendMessages",
    "newMembersApprovalRequired",
    "participants",
    "worker",
    "data",
}


@cache
def openapi() -> dict[str, Any]:
    return json.loads((DATA / "openapi.json").read_text())


def tolerant(node: Any) -> Any:
    """Relax a schema: enums are strings, most things may be null, some may be missing."""
    if isinstance(node, list):
        return [tolerant(one) for one in node]
    if not isinstance(node, dict):
        return node
    relaxed = {name: tolerant(value) for name, value in node.items()}
    # The generator writes "object" for plain values whose enum or default it knows.
    if relaxed.get("type") == "object":
        if isinstance(relaxed.get("enum"), list) or isinstance(relaxed.get("default"), str):
            relaxed["type"] = "string"
        elif isinstance(relaxed.get("default"), bool):
            relaxed["type"] = "boolean"
    if relaxed.get("items") == {"type": "object"}:  # names of events, which are strings
        relaxed["items"] = {"type": ["object", "string"]}
    if "oneOf" in relaxed:  # with nulls allowed, more than one may fit
        relaxed["anyOf"] = relaxed.pop("oneOf")
    if isinstance(relaxed.get("required"), list):
        relaxed["required"] = [name for name in relaxed["required"] if name not in LEFT_OUT]
    if isinstance(relaxed.get("properties"), dict):
        relaxed["properties"] = {
            name: value if name in NEVER_NULL else {"anyOf": [value, {"type": "null"}]}
            for name, value in relaxed["properties"].items()
        }
    return relaxed


@cache
def components() -> Any:
    return tolerant(openapi()["components"])


def problems(schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with `value`, an empty list for nothing."""
    whole = tolerant(schema) | {"components": components()}
    validator = jsonschema.Draft202012Validator(whole)
    return [
        f"{list(one.absolute_path)}: {one.message[:200]}" for one in validator.iter_errors(value)
    ]


def webhook_problems(envelope: dict[str, Any]) -> list[str]:
    """What is wrong with a webhook's body; an event without a schema is a problem, too."""
    entry = openapi()["webhooks"].get(envelope["event"])
    if entry is None:
        return [f"no schema for {envelope['event']}"]
    return problems(entry["post"]["requestBody"]["content"]["application/json"]["schema"], envelope)


def operation(method: str, path: str) -> dict[str, Any] | None:
    """The operation a raw (escaped) path belongs to; fixed parts win over named ones."""
    found = [
        (template.count("{"), methods[method.lower()])
        for template, methods in openapi()["paths"].items()
        if method.lower() in methods and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    ]
    return min(found, key=lambda one: one[0])[1] if found else None


def body_schema(operation: dict[str, Any]) -> dict[str, Any]:
    """The schema of an operation's request body, references followed once."""
    content = operation.get("requestBody", {}).get("content", {})
    return resolved(content.get("application/json", {}).get("schema", {}))


def answer_schema(operation: dict[str, Any], status: int) -> dict[str, Any] | None:
    """The schema of an answer, None when the document says nothing of it."""
    content = operation["responses"].get(str(status), {}).get("content", {})
    return content.get("application/json", {}).get("schema")


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return openapi()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema

"""Sends documents in bulk, each under a version, so that their order does not matter."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS

from waha.models import WahaMessageText
from waha.search.elastic import documents, server


def send(versions: dict[int, int], targets: list[str]) -> set[int]:
    """Let these indexes hold what is true of these texts; returns the ids they did not take."""
    rows = WahaMessageText.objects.using(DEFAULT_DB_ALIAS).in_bulk(list(versions))
    found = documents.of(rows.values())
    operations: list[dict[str, Any]] = []
    for index in targets:
        for pk, version in versions.items():
            about = {
                "_index": index, "_id": str(pk), "version": version, "version_type": "external_gte",
            }  # fmt: skip
            if pk in found:
                operations += [{"index": about}, found[pk]]
            else:
                operations.append({"delete": about})
    with server.asked() as client:
        answer = client.bulk(operations=operations)
    results = [result for item in answer["items"] for result in item.values()]
    return {int(result["_id"]) for result in results if _failed(result)}


def _failed(result: dict[str, Any]) -> bool:
    """409: a newer one is there already. 404: what is to be deleted is not there. Both are well."""
    return int(result["status"]) >= 300 and result["status"] not in (404, 409)

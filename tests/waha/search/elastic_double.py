"""A strict stand-in for Elasticsearch 8, for there is none to be had here.

It speaks HTTP to the real client and refuses what the published API would: unknown paths, query
clauses and parameters, fields that the mapping does not have, wrong types, older versions. What
was written is found after a refresh only, as there.
"""

import json
import math
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
JSON_TYPE = "application/vnd.elasticsearch+json; compatible-with=8"
LINES_TYPE = "application/vnd.elasticsearch+x-ndjson; compatible-with=8"
SEARCH_KEYS = {
    "query", "sort", "size", "from", "_source", "track_total_hits", "timeout", "search_after",
}  # fmt: skip
WINDOW = 10_000
TYPES: dict[str, type | tuple[type, ...]] = {
    "long": int, "boolean": bool, "keyword": str, "text": str,
}  # fmt: skip


class Bad(Exception):
    """A request that Elasticsearch would answer with 4xx."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


class Index:
    """One index: what was written with its versions, and what a search sees."""

    def __init__(self, mappings: Json) -> None:
        self.fields: dict[str, Json] = mappings["properties"]
        self.strict = mappings.get("dynamic") == "strict"
        self.written: dict[str, Json] = {}
        self.versions: dict[str, int] = {}
        self.seen: dict[str, Json] = {}

    def apply(self, action: str, about: Json, document: Json | None) -> int:
        """The status of one line of a bulk request."""
        if about.get("version_type") != "external_gte":
            raise Bad("version without version_type external_gte")
        key, version = about["_id"], about["version"]
        if version < self.versions.get(key, 0):
            return 409
        self.versions[key] = version
        if action == "delete":
            return 200 if self.written.pop(key, None) is not None else 404
        self.check(document or {})
        self.written[key] = document or {}
        return 201

    def check(self, document: Json) -> None:
        for name, value in document.items():
            if name not in self.fields:
                raise Bad(f"strict_dynamic_mapping_exception: {name}")
            wanted = TYPES[self.fields[name]["type"]]
            if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
                raise Bad(f"mapper_parsing_exception: {name}")


class Cluster:
    """All of it, and what it was asked."""

    def __init__(self) -> None:
        self.indexes: dict[str, Index] = {}
        self.aliases: dict[str, set[str]] = {}
        self.templates: dict[str, Json] = {}
        self.asked: list[str] = []
        self.searches: list[Json] = []
        self.refuse: set[str] = set()
        self.is_down = False
        self.lock = threading.Lock()

    def answer(self, method: str, path: str, kind: str, body: bytes) -> Json:
        for pattern, act in self.routes():
            if match := re.fullmatch(pattern, f"{method} {path}"):
                wanted = LINES_TYPE if path == "/_bulk" else JSON_TYPE
                if body and kind != wanted:
                    raise Bad(f"Content-Type {kind}", 406)
                self.asked.append(f"{method} {path}")
                return act(*match.groups(), body=body)
        raise Bad(f"no handler found for {method} {path}")

    def routes(self) -> list[tuple[str, Callable[..., Json]]]:
        return [
            (r"PUT /_index_template/([\w-]+)", self.put_template),
            (r"PUT /([a-z][\w-]*)", self.create),
            (r"GET /([\w*-]+)/_alias", self.get_alias),
            (r"PUT /([\w-]+)/_alias/([\w-]+)", self.put_alias),
            (r"POST /_aliases", self.update_aliases),
            (r"PUT /_bulk", self.bulk),
            (r"POST /([\w-]+)/_search", self.search),
            (r"POST /([\w*-]+)/_refresh", self.refresh),
            (r"GET /_cluster/health", self.health),
        ]

    def put_template(self, name: str, *, body: bytes) -> Json:
        data = only(json.loads(body), {"index_patterns", "template"})
        only(data["template"], {"settings", "mappings"})
        self.templates[name] = data
        return {"acknowledged": True}

    def create(self, name: str, *, body: bytes) -> Json:
        if name in self.indexes or name in self.aliases:
            raise Bad("resource_already_exists_exception")
        for template in self.templates.values():
            if any(fnmatch(name, pattern) for pattern in template["index_patterns"]):
                self.indexes[name] = Index(template["template"]["mappings"])
                return {"acknowledged": True, "index": name}
        raise Bad("no template made this index")

    def get_alias(self, pattern: str, *, body: bytes) -> Json:
        return {
            name: {"aliases": {a: {} for a, names in self.aliases.items() if name in names}}
            for name in self.indexes
            if fnmatch(name, pattern)
        }

    def put_alias(self, name: str, alias: str, *, body: bytes) -> Json:
        self.named(name)
        self.aliases.setdefault(alias, set()).add(name)
        return {"acknowledged": True}

    def update_aliases(self, *, body: bytes) -> Json:
        for action in only(json.loads(body), {"actions"})["actions"]:
            ((what, about),) = action.items()
            self.named(about["index"])
            if what == "add":
                self.aliases.setdefault(about["alias"], set()).add(about["index"])
            elif what == "remove_index":
                del self.indexes[about["index"]]
                for names in self.aliases.values():
                    names.discard(about["index"])
            else:
                raise Bad(f"action {what}")
        return {"acknowledged": True}

    def bulk(self, *, body: bytes) -> Json:
        if not body.endswith(b"\n"):
            raise Bad("The bulk request must be terminated by a newline [\\n]")
        lines = iter(body.splitlines())
        items = []
        for line in lines:
            ((action, about),) = json.loads(line).items()
            only(about, {"_index", "_id", "version", "version_type"})
            if action not in {"index", "delete"}:
                raise Bad(f"Malformed action {action}")
            document = json.loads(next(lines)) if action == "index" else None
            if about["_id"] in self.refuse:
                status = 429
            else:
                status = self.named(about["_index"]).apply(action, about, document)
            items.append(
                {action: {"_index": about["_index"], "_id": about["_id"], "status": status}}
            )
        return {"took": 1, "errors": any(s["status"] > 299 for i in items for s in i.values()),
                "items": items}  # fmt: skip

    def refresh(self, pattern: str, *, body: bytes) -> Json:
        for name, index in self.indexes.items():
            if fnmatch(name, pattern) or name in self.aliases.get(pattern, ()):
                index.seen = dict(index.written)
        return {"_shards": {"failed": 0}}

    def health(self, *, body: bytes) -> Json:
        return {"status": "green", "timed_out": False}

    def search(self, alias: str, *, body: bytes) -> Json:
        data = only(json.loads(body), SEARCH_KEYS)
        self.searches.append(data)
        names = self.aliases.get(alias, {alias} & set(self.indexes))
        if not names:
            raise Bad("index_not_found_exception", 404)
        if data.get("from", 0) + data["size"] > WINDOW:
            raise Bad("Result window is too large")
        if "from" in data and "search_after" in data:
            raise Bad("`from` parameter must be set to 0 when `search_after` is used")
        orders = [(field, way) for each in data["sort"] for field, way in each.items()]
        assert {way for _field, way in orders} == {"desc"}
        key = [field for field, _way in orders]
        found = []
        for name in names:
            matcher = Matcher(self.indexes[name])
            for document in self.indexes[name].seen.values():
                if matcher.matches(data["query"], document):
                    score = matcher.score(data["query"], document) if "_score" in key else None
                    values = {**document, "_score": score}
                    found.append(([values[field] for field in key], document))
        found.sort(key=lambda each: each[0], reverse=True)
        if after := data.get("search_after"):
            found = [each for each in found if each[0] < after]
        first = data.get("from", 0)
        hits = [
            {"_source": {name: document[name] for name in data["_source"]}, "sort": values}
            for values, document in found[first : first + data["size"]]
        ]
        return {"took": 1, "timed_out": False, "hits": {"hits": hits}}

    def named(self, name: str) -> Index:
        if name not in self.indexes:
            raise Bad("index_not_found_exception", 404)
        return self.indexes[name]


class Matcher:
    """The clauses of the query language that are used, and no others."""

    def __init__(self, index: Index) -> None:
        self.index = index

    def matches(self, query: Json, document: Json) -> bool:
        if len(query) != 1:
            raise Bad("[query] malformed, one clause is wanted")
        ((name, body),) = query.items()
        clause = getattr(self, name, None)
        if clause is None:
            raise Bad(f"unknown query [{name}]")
        return bool(clause(body, document))

    def bool(self, body: Json, document: Json) -> Any:
        only(body, {"filter", "must", "must_not", "should", "minimum_should_match"})
        every = [*body.get("filter", []), *body.get("must", [])]
        wanted = body.get("minimum_should_match", 0)
        should = [self.matches(each, document) for each in body.get("should", [])]
        never = [self.matches(each, document) for each in body.get("must_not", [])]
        return (
            sum(self.matches(each, document) for each in every) == len(every)
            and not any(never)
            and sum(should) >= wanted
        )

    def constant_score(self, body: Json, document: Json) -> Any:
        only(body, {"filter", "boost"})
        return self.matches(body["filter"], document)

    def function_score(self, body: Json, document: Json) -> Any:
        only(body, {"query", "functions", "score_mode", "boost_mode"})
        return self.matches(body["query"], document)

    def score(self, query: Json, document: Json) -> float:
        """What a clause is worth, for one that matches: 1 for words, as far as we need it."""
        ((name, body),) = query.items()
        if name == "function_score":
            if (body["score_mode"], body["boost_mode"]) != ("sum", "multiply"):
                raise Bad("only sums that multiply are known here")
            factor = sum(self.function(each, document) for each in body["functions"])
            return self.score(body["query"], document) * factor
        if name == "constant_score":
            return float(body["boost"])
        if name == "bool":  # filters count nothing
            said = [*body.get("must", []), *body.get("should", [])]
            return sum(self.score(each, document) for each in said if self.matches(each, document))
        return 1.0

    def function(self, body: Json, document: Json) -> float:
        only(body, {"weight", "gauss"})
        if "gauss" not in body:
            return float(body["weight"])
        ((field, about),) = body["gauss"].items()
        only(about, {"origin", "scale", "decay", "offset"})
        if self.index.fields[self.known(field)]["type"] != "long" or about["scale"] <= 0:
            raise Bad(f"[gauss] cannot be used on {field}")
        away = abs(document[field] - about["origin"])
        wide = -(about["scale"] ** 2) / (2 * math.log(about["decay"]))
        return float(body["weight"] * math.exp(-(away**2) / (2 * wide)))

    def terms(self, body: Json, document: Json) -> Any:
        ((field, values),) = body.items()
        if not isinstance(values, list):
            raise Bad("[terms] query requires an array")
        return document[self.known(field)] in values

    def term(self, body: Json, document: Json) -> Any:
        ((field, value),) = body.items()
        return document[self.known(field)] == value

    def range(self, body: Json, document: Json) -> Any:
        ((field, span),) = body.items()
        only(span, {"gte", "lt"})
        value = document[self.known(field)]
        return value >= span.get("gte", value) and value < span.get("lt", value + 1)

    def prefix(self, body: Json, document: Json) -> Any:
        ((field, about),) = body.items()
        only(about, {"value"})
        return any(
            token.startswith(about["value"]) for token in document[self.known(field)].split()
        )

    def match_phrase(self, body: Json, document: Json) -> Any:
        ((field, about),) = body.items()
        only(about, {"query"})
        return f" {about['query']} " in f" {' '.join(document[self.known(field)].split())} "

    def match_phrase_prefix(self, body: Json, document: Json) -> Any:
        ((field, about),) = body.items()
        only(about, {"query", "max_expansions"})
        return f" {about['query']}" in f" {' '.join(document[self.known(field)].split())} "

    def multi_match(self, body: Json, document: Json) -> Any:
        only(body, {"query", "fields", "operator", "fuzziness", "prefix_length"})
        for field in body["fields"]:
            name, _, sub = field.partition(".")
            if sub and sub not in self.index.fields[self.known(name)]["fields"]:
                raise Bad(f"unknown field {field}")
        said = re.findall(r"\w+", document["said"].lower())
        first = body.get("prefix_length", 0)
        return all(
            any(word[:first] == token[:first] and near(word, token) for token in said)
            for word in body["query"].lower().split()
        )

    def known(self, field: str) -> str:
        if field not in self.index.fields:
            raise Bad(f"unknown field {field}")
        return field


def near(word: str, token: str) -> bool:
    """Fuzziness AUTO: no mistake up to two letters, one up to five, two above; swaps are one."""
    allowed = 0 if len(word) < 3 else 1 if len(word) < 6 else 2
    rows = [list(range(len(token) + 1))]
    for i, a in enumerate(word, 1):
        row = [i]
        for j, b in enumerate(token, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == token[j - 2] and word[i - 2] == b:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1] <= allowed


def only(data: Json, keys: set[str]) -> Json:
    if unknown := set(data) - keys:
        raise Bad(f"unknown key for {sorted(unknown)}")
    return data


@contextmanager
def running() -> Iterator[tuple[str, Cluster]]:
    """The address of a cluster, and the cluster itself."""
    cluster = Cluster()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.partition("?")[0]
            status, data = 200, {}
            with cluster.lock:
                if cluster.is_down:
                    self.close_connection = True
                    self.connection.close()
                    return
                try:
                    kind = self.headers.get("Content-Type", "")
                    data = cluster.answer(self.command, path, kind, body)
                except Bad as error:
                    status, data = (
                        error.status,
                        {"error": {"type": str(error)}, "status": error.status},
                    )
            raw = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", JSON_TYPE.replace("; ", ";"))
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", cluster
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)

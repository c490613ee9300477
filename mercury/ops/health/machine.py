"""Health of what stands beside the database: Redis, and the disk that files lie on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from mercury.environment import VAR_DIR
from mercury.ops import service_probes
from mercury.ops.findings import Finding, State, broken, ok, warning
from waha.models import WahaTextChange
from waha.search.elastic import server

LITTLE_SPACE, NO_SPACE = 1024**3, 100 * 1024**2
MANY_WAITING = 10_000


def redis_server() -> Finding:
    """Whether Redis answers and keeps what it is given."""
    if not settings.REDIS_URL:
        return ok("redis", _("None is set; the queue lies in files, pages poll."))
    found = service_probes.redis_server()
    if found.state is State.BROKEN:
        return broken(
            "redis",
            _("It does not answer. Messages come in and go out a little later, and pages poll."),
            found.mend,
        )
    if found.state is State.WARNING:
        return warning("redis", found.sentence, found.mend)
    return ok("redis", _("It answers."))


def search_server() -> Finding:
    """Whether Elasticsearch answers and has heard of what was said."""
    if not server.is_set():
        return ok("search", _("None is set; the database is searched."))
    waiting = WahaTextChange.objects.count()
    figures = {"waiting": waiting}
    if not server.answers():
        return warning(
            "search",
            _("Elasticsearch does not answer. The database is searched instead."),
            _("Is it running, and is ELASTICSEARCH_URL right?"),
            figures,
        )
    if waiting > MANY_WAITING:
        return warning(
            "search",
            _("%(count)s changes wait for Elasticsearch.") % {"count": waiting},
            _("Are the workers running? They hand the changes on every few seconds."),
            figures,
        )
    return ok("search", _("Elasticsearch answers and is up to date."), figures)


def disk() -> Finding:
    """Whether there is room where files and the installation's own folder lie."""
    spaces = {folder: shutil.disk_usage(folder) for folder in _folders()}
    folder, tightest = min(spaces.items(), key=lambda each: each[1].free)
    figures = {"free_bytes": tightest.free, "share": round(tightest.used / tightest.total, 4)}
    said = {"free": filesizeformat(tightest.free), "folder": folder}
    if tightest.free < LITTLE_SPACE:
        tell = broken if tightest.free < NO_SPACE else warning
        return tell(
            "disk",
            _("Only %(free)s are free in %(folder)s.") % said,
            _("Make room there, or move STORAGE_URL to a larger disk."),
            figures,
        )
    return ok("disk", _("%(free)s are free in %(folder)s.") % said, figures)


def _folders() -> Iterator[Path]:
    try:
        places = [VAR_DIR, Path(default_storage.path(""))]
    except NotImplementedError:  # files lie in S3
        places = [VAR_DIR]
    for place in places:
        # Not made before the first file: then its nearest folder that is there counts.
        yield next(each for each in [place, *place.parents] if each.is_dir())

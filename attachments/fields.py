"""The one line by which a model takes files: `attachments = Files(...)`."""

from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import Exists, OuterRef, Q

from attachments import visibility

if TYPE_CHECKING:
    from accounts.models import User


class Files(GenericRelation):
    """The files that hang on a record, seen by whoever `Model.objects.visible_to` shows it to.

    `change` is the permission to add and remove them; without one nobody does so by hand.
    Deleting the record deletes no files: whoever deletes it removes them first, bytes and all,
    and what is forgotten shows up in `check_files`.
    """

    def __init__(self, change: str = "", **options: Any) -> None:
        super().__init__(
            "attachments.Attachment",
            **{"object_id_field": "model_id", "content_type_field": "model_type", **options},
        )
        self.change = change

    def contribute_to_class(
        self, cls: type[models.Model], name: str, private_only: bool = True, **options: Any
    ) -> None:
        super().contribute_to_class(cls, name, private_only=private_only, **options)
        if not cls._meta.abstract:
            visibility.register(cls._meta.label_lower, seen_through(cls), change=self.change)

    @property
    def bulk_related_objects(self) -> Any:
        """Not there: a cascade would take the rows and leave the bytes, and read every record."""
        raise AttributeError("files do not go with their record")


def seen_through(model: type[models.Model]) -> visibility.Clause:
    """The clause of files whose record is among `model.objects.visible_to(user)`."""

    def clause(user: "User") -> Q:
        rows: Any = model._default_manager
        return Q(Exists(rows.visible_to(user).filter(pk=OuterRef("model_id"))))

    return clause

"""`{% load audit %}{% record_history record %}`: what became of a record, on its own page."""

from typing import Any

from django import template
from django.db.models import Model

from audit import reading

register = template.Library()


@register.inclusion_tag("audit/_history.html", takes_context=True)
def record_history(context: template.Context, record: Model) -> dict[str, Any]:
    """Show the newest entries about a record that the page's user may see.

    The page links css/logs.css.
    """
    return reading.history(record, context["request"].user)

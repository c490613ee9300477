"""Phones and e-mail addresses as people type them, in the one form that is stored."""

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

MOST = 20


def parse_phone(text: str) -> str:
    """The phone in E.164 form. Raises ValidationError with words."""
    try:
        number = phonenumbers.parse(text.strip(), None)
    except phonenumbers.NumberParseException as error:
        raise ValidationError(
            _("%(phone)s is no phone number. Write it with its country code: +44 7700 900123.")
            % {"phone": text.strip()[:40]}
        ) from error
    if not phonenumbers.is_possible_number(number):
        raise ValidationError(
            _("%(phone)s is too long or too short for a phone number. Check it.")
            % {"phone": text.strip()[:40]}
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def parse_email(text: str) -> str:
    """The address in small letters. Raises ValidationError with words."""
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValidationError(
            _("%(address)s is no e-mail address. Write it like anna@example.com.")
            % {"address": address[:60]}
        ) from error
    return address


def lines_of(text: str) -> list[str]:
    """What stands on each line, each once. Raises ValidationError for more than MOST."""
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if len(lines) > MOST:
        raise ValidationError(_("At most %(most)s lines, please.") % {"most": MOST})
    return lines

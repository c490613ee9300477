"""The administration in the matrix: who may do what with which kind of record."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.access.office import Office
from tests.access.rules import GONE, STAFF, Case, Row, Rule, Subject, both, staff

OWNERS = {"owner", "superuser"}
ADMINS = OWNERS | {"admin"}
MANAGERS = ADMINS | {"manager"}
KEEPERS = MANAGERS | {"ex_member"}  # agents keep contacts; who lost a number sees no more of it
ABSENT = 830_000_001


@dataclass(frozen=True, slots=True)
class Pages:
    """One kind of record: who may view, add, change and delete.

    `scope` is whose rows: "" all, "number" those of one's numbers, "customer" those too but
    for managers and above all.
    """

    view: set[str]
    add: set[str] = field(default_factory=set)
    change: set[str] = field(default_factory=set)
    delete: set[str] = field(default_factory=set)
    scope: str = ""


MODELS = {
    "mfa_authenticator": Pages({"superuser"}, delete={"superuser"}),
    "accounts_signin": Pages(ADMINS),
    "accounts_user": Pages(MANAGERS, ADMINS, ADMINS, {"superuser"}),
    "accounts_role": Pages(MANAGERS, OWNERS, OWNERS),  # deleted only once nobody has it
    "attachments_attachmenttype": Pages(MANAGERS, ADMINS, ADMINS, {"superuser"}),
    "audit_auditlog": Pages(ADMINS),
    "audit_errorlog": Pages(ADMINS),
    "crm_company": Pages(KEEPERS | {"viewer"}, KEEPERS, KEEPERS, scope="customer"),
    "crm_contact": Pages(KEEPERS | {"viewer"}, KEEPERS, KEEPERS, scope="customer"),
    "crm_instructor": Pages(KEEPERS | {"viewer"}, KEEPERS, KEEPERS, scope="customer"),
    "waha_wahaarchivemonth": Pages({"superuser"}),
    "waha_wahahold": Pages({"superuser"}, {"superuser"}),
    "waha_wahaserver": Pages(ADMINS, OWNERS, OWNERS),
    "waha_wahasession": Pages(ADMINS, set(), ADMINS),
    "waha_wahaevent": Pages(MANAGERS, scope="number"),
    "waha_wahaoutbox": Pages(MANAGERS, scope="number"),
}


def admin_rows() -> Iterator[tuple[str, Row]]:
    """Every page of every kind of record, by the name of its URL."""
    for name, pages in MODELS.items():
        one = records(name.split("_")[1], pages.scope)
        seen = one_of(pages.view | pages.change, pages.scope)
        changed = one_of(pages.change, pages.scope)
        deleted = one_of(pages.delete, pages.scope)
        listed = staff(pages.view, "200")
        yield f"admin:{name}_changelist", Row(nothing, listed, listed)
        yield f"admin:{name}_add", Row(nothing, *both(staff(pages.add, "200")))
        yield f"admin:{name}_change", Row(one, seen, changed)
        yield f"admin:{name}_history", Row(one, seen, seen)
        yield f"admin:{name}_delete", Row(one, deleted, deleted)
        # The address of Django before 1.9: leads on, whatever it names.
        route = f"admin/{name.replace('_', '/')}/<path:object_id>/"
        leads_on = staff(STAFF, f"302 /admin/{name.replace('_', '/')}/#/change/")
        yield route, Row(every(one), leads_on, leads_on)


def one_of(allowed: set[str], scope: str) -> Rule:
    """The page of one record. Managers and above see every customer."""
    if scope != "customer":
        return staff(allowed, "200")

    def expected(office: Office, actor: str, case: Case) -> str:
        number = "" if actor in MANAGERS else case.number
        return staff(allowed, "200")(
            office, actor, Case(case.relation, case.args, number, case.exists)
        )

    return expected


def records(model: str, scope: str) -> Subject:
    """A record, those of both numbers where they have any, and one that is not there."""

    def cases(office: Office) -> list[Case]:
        if model in office.rows:
            found = [Case("any", (office.rows[model].pk,))]
        else:
            found = [
                Case(letter, (line.rows[model].pk,), letter if scope else "")
                for letter, line in office.lines.items()
            ]
        if model in office.gone:
            found.append(Case("deleted", (office.gone[model],), exists=False))
        return [*found, Case("absent", (ABSENT,), exists=False)]

    return cases


def every(subject: Subject) -> Subject:
    """The same addresses, all of them as good as existing."""
    return lambda office: [Case(case.relation, case.args) for case in subject(office)]


def nothing(office: Office) -> list[Case]:
    """An address without arguments."""
    return [Case("page")]


def app_labels(office: Office) -> list[Case]:
    return [Case("waha", ("waha",))]


def app_page(office: Office, actor: str, case: Case) -> str:
    """The pages of one app: an app without any is not there."""
    return signed_in_staff("200" if actor in MANAGERS else "404")(office, actor, case)


def users(office: Office) -> list[Case]:
    return records("user", "")(office)


def signed_in_staff(answer: str) -> Rule:
    return staff(STAFF, answer)


def signing_out(answer: str) -> Rule:
    """Who is no staff goes to the admin's front page instead, which sends them to sign in."""
    return lambda office, actor, case: (
        "login" if actor in GONE else answer if actor in STAFF else "302 /admin/"
    )


def front_door(office: Office, actor: str, case: Case) -> str:
    """No form of its own: guests sign in where everybody does, and nobody signs in twice."""
    return "login" if actor in GONE else "302 /admin/" if actor in STAFF else "403"


SITE_ROWS = {
    "admin:index": Row(nothing, *both(signed_in_staff("200"))),
    "admin:login": Row(nothing, *both(front_door)),
    "admin:logout": Row(nothing, signing_out("405"), signing_out("login")),
    "admin:password_change": Row(nothing, *both(signed_in_staff("200"))),
    "admin:password_change_done": Row(nothing, signed_in_staff("200"), signed_in_staff("405")),
    "admin:autocomplete": Row(nothing, signed_in_staff("403"), signed_in_staff("405")),
    "admin:jsi18n": Row(nothing, signed_in_staff("200"), signed_in_staff("405")),
    "admin:app_list": Row(app_labels, *both(app_page)),
    "admin:accounts_user_deactivate": Row(
        users,
        staff(ADMINS, "200", "404"),
        staff(ADMINS, "302 /admin/accounts/user/#/change/", "404"),
    ),
    "admin:auth_user_password_change": Row(users, *both(staff(ADMINS, "200", "404"))),
    "admin/(?P<url>.*)$": Row(
        lambda office: [Case("page", ("nowhere",))], *both(staff(STAFF, "404"))
    ),
}

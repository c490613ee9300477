"""Contacts, their two addresses, and groups."""

from waha.gateway.simulator.ids import chat_address, digits
from waha.gateway.simulator.router import not_implemented, refuse, route, working
from waha.gateway.simulator.server import Request, Response
from waha.gateway.simulator.state import Group, Json, Person, Session
from waha.gateway.simulator.world import World


@route("GET", "/api/contacts/check-exists")
async def check_exists(world: World, request: Request) -> Response:
    working(world, request.query.get("session", "default"))
    phone = digits(request.query.get("phone", ""))
    if not on_whatsapp(phone):
        return Response.of({"numberExists": False})
    return Response.of({"numberExists": True, "chatId": f"{registered(phone)}@c.us"})


@route("GET", "/api/contacts")
async def contact(world: World, request: Request) -> Response:
    working(world, request.query.get("session", "default"))
    person = world.directory.person(request.query.get("contactId", ""))
    return Response.of(_contact(person)) if person else Response()


@route("GET", "/api/contacts/all")
async def contacts(world: World, request: Request) -> Response:
    working(world, request.query.get("session", "default"))
    people = [_contact(person) for person in world.directory.people.values()]
    return Response.of(_page(people, request))


@route("GET", "/api/contacts/about")
async def about(world: World, request: Request) -> Response:
    working(world, request.query.get("session", "default"))
    raise not_implemented(world)


@route("GET", "/api/contacts/profile-picture")
async def profile_picture(world: World, request: Request) -> Response:
    working(world, request.query.get("session", "default"))
    return Response.of({"profilePictureURL": None})


@route("GET", "/api/{session}/lids")
async def lids(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    pairs = [{"lid": one.lid, "pn": one.pn} for one in _met(world, session)]
    return Response.of(_page(pairs, request))


@route("GET", "/api/{session}/lids/count")
async def lids_count(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    return Response.of({"count": len(_met(world, session))})


@route("GET", "/api/{session}/lids/{lid}")
async def lid_to_phone(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    lid = f"{digits(request.params['lid'])}@lid"
    met = next((one for one in _met(world, session) if one.lid == lid), None)
    return Response.of({"lid": lid, "pn": met.pn if met else None})


@route("GET", "/api/{session}/lids/pn/{phoneNumber}")
async def phone_to_lid(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    phone = digits(request.params["phoneNumber"])
    met = next((one for one in _met(world, session) if one.phone == phone), None)
    return Response.of({"lid": met.lid if met else None, "pn": f"{phone}@c.us"})


@route("GET", "/api/{session}/groups")
async def groups(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    return Response.of({one.id: _group(world, session, one) for one in _groups(world, session)})


@route("GET", "/api/{session}/groups/{id}")
async def group(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    return Response.of(_group(world, session, _group_named(world, request)))


@route("GET", "/api/{session}/groups/{id}/participants/v2")
async def participants(world: World, request: Request) -> Response:
    session = working(world, request.params["session"])
    return Response.of(members(world, session, _group_named(world, request)))


@route("GET", "/api/{session}/groups/{id}/settings/security/messages-admin-only")
async def messages_admin_only(world: World, request: Request) -> Response:
    working(world, request.params["session"])
    return Response.of({"adminsOnly": _group_named(world, request).only_admins})


def on_whatsapp(phone: str) -> bool:
    """Tell whether a phone is on WhatsApp: not short ones and not those that end in 000."""
    return len(phone) >= 8 and not phone.endswith("000")


def registered(phone: str) -> str:
    """Return the number WhatsApp knows a phone under: Brazil's older ones lack the ninth digit."""
    if len(phone) == 13 and phone.startswith("55") and phone[4] == "9" and phone[2:4] > "30":
        return phone[:4] + phone[5:]
    return phone


def members(world: World, session: Session, group: Group) -> list[Json]:
    """Return a group's members in the shape that is the same on all engines."""
    rows: list[Json] = [{"id": session.lid, "pn": session.own_id, "role": group.own_role}]
    for place, phone in enumerate(group.members):
        person = world.directory.people.get(phone)
        row: Json = {"id": person.lid, "pn": person.pn} if person else {"id": f"{phone}@c.us"}
        rows.append(row | {"role": "superadmin" if place == 0 else "participant"})
    return rows


def _met(world: World, session: Session) -> list[Person]:
    """Whose addresses are known: learnt from messages, as in WAHA, and never of who is hidden."""
    met: set[str | None] = {*session.met}
    for message in session.messages.values():
        met |= {message.chat_id, message.participant}
    people = world.directory.people.values()
    return [one for one in people if not one.hidden and met & {one.lid, one.pn}]


def _groups(world: World, session: Session) -> list[Group]:
    seen = {one.chat_id for one in session.messages.values()}
    return [one for one in world.directory.groups.values() if one.id in seen]


def _group_named(world: World, request: Request) -> Group:
    found = world.directory.groups.get(chat_address(request.params["id"]))
    if found is None:
        raise refuse(404, "Not Found", "Group not found")
    return found


def _group(world: World, session: Session, group: Group) -> Json:
    return {
        "id": group.id,
        "subject": group.subject,
        "desc": group.description,
        "creation": int(world.started_at),
        "participants": members(world, session, group),
    }


def _contact(person: Person) -> Json:
    return {
        "id": person.pn,
        "number": person.phone,
        "name": person.name,
        "pushname": person.name,
        "shortName": person.name.split()[0],
        "isMe": False,
        "isGroup": False,
        "isWAContact": True,
        "isMyContact": True,
        "isBlocked": False,
    }


def _page(rows: list[Json], request: Request) -> list[Json]:
    limit, offset = (
        int(request.query.get(name, default)) for name, default in (("limit", 100), ("offset", 0))
    )
    return rows[offset : offset + limit]

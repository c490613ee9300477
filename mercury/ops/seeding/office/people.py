"""Who works in the demo's office, which numbers they share, and who their customers are.

Phones come from the ranges that regulators keep for fiction, addresses from example.com.
"""

from dataclasses import dataclass

from waha.models import Level, SessionStatus


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who signs in; everybody of the demo has the same password."""

    name: str
    role: str
    locale: str = "en"

    @property
    def email(self) -> str:
        return f"{self.name.split()[0].lower()}@example.com"


@dataclass(frozen=True, slots=True)
class Number:
    """A WhatsApp number; `shares` are first names of staff, `role` one that all of a role have."""

    name: str
    title: str
    status: SessionStatus
    phone: str
    owner: str
    shares: tuple[tuple[str, Level], ...] = ()
    role: str = ""


@dataclass(frozen=True, slots=True)
class Customer:
    """A person who writes: to which number, in which language, from which company."""

    name: str
    phone: str
    number: str
    language: str = "en"
    company: str = ""
    uses_lid: bool = False

    @property
    def chat_id(self) -> str:
        return f"{self.phone}@c.us"

    @property
    def lid(self) -> str:
        return f"{22_000_000_000_000 + int(self.phone)}@lid"


@dataclass(frozen=True, slots=True)
class Group:
    """A group chat; members are names of customers."""

    subject: str
    chat_id: str
    number: str
    members: tuple[str, ...]
    language: str = "en"


STAFF = (
    Staff("Lena Schmidt", "Owner"),
    Staff("Adam Novak", "Admin"),
    Staff("Mia Rossi", "Manager"),
    Staff("Omar Khalil", "Agent"),
    Staff("Priya Patel", "Agent"),
    Staff("Tomás Silva", "Agent"),
    Staff("Vera Lindqvist", "Viewer"),
)

SALES, SUPPORT, ARABIC, EVENTS, INVOICES = "sales", "support", "arabic", "events", "invoices"

NUMBERS = (
    Number(
        SALES,
        "Sales · Berlin",
        SessionStatus.WORKING,
        "493023125044",
        "Mia",
        (("Lena", Level.MANAGE), ("Omar", Level.REPLY), ("Tomás", Level.REPLY)),
    ),
    Number(
        SUPPORT,
        "Support",
        SessionStatus.WORKING,
        "447700900999",
        "Lena",
        (("Mia", Level.MANAGE), ("Vera", Level.VIEW)),
        role="Agent",
    ),
    Number(
        ARABIC,
        "Courses · Arabic",
        SessionStatus.WORKING,
        "447700900207",
        "Lena",
        (("Omar", Level.MANAGE), ("Vera", Level.VIEW)),
    ),
    Number(
        EVENTS,
        "Events",
        SessionStatus.STOPPED,
        "",
        "Mia",
        (("Lena", Level.MANAGE), ("Priya", Level.REPLY)),
    ),
    Number(
        INVOICES,
        "Invoices",
        SessionStatus.FAILED,
        "447700900815",
        "Lena",
        (("Priya", Level.REPLY),),
    ),
)


def _customers() -> tuple[Customer, ...]:
    """The list below, each with the next free phone of their country's fiction range."""
    found = []
    for index, (name, number, language, company) in enumerate(_PEOPLE):
        prefix = {"de": "4917139200", "pt": "120255501", "es": "120255501"}.get(
            language, "4477009001"
        )
        found.append(
            Customer(
                name=name,
                phone=f"{prefix}{10 + index:02}",
                number=number,
                language=language,
                company=company,
                uses_lid=index % 9 == 4,
            )
        )
    return tuple(found)


_PEOPLE = (
    ("Jonas Weber", SALES, "de", "Nordlicht GmbH"),
    ("Hannah Meyer", SALES, "de", "Nordlicht GmbH"),
    ("Anneliese Köhler", SALES, "de", "Köhler Logistik"),
    ("Felix Brandt", SALES, "de", "Köhler Logistik"),
    ("Ines Vogel", SALES, "de", ""),
    ("Carlos Pérez", SALES, "es", "Iberia Formación"),
    ("Lucía Romero", SALES, "es", "Iberia Formación"),
    ("João Ferreira", SALES, "pt", "Porto Seguro Cursos"),
    ("Beatriz Souza", SALES, "pt", ""),
    ("Tom Harris", SALES, "en", "Harris & Sons"),
    ("Olivia Grant", SALES, "en", "Brightwater Ltd"),
    ("Marcus Webb", SALES, "en", "Brightwater Ltd"),
    ("Sven Lindholm", SALES, "de", ""),
    ("Chloé Martin", SALES, "en", "Atelier Martin"),
    ("Piotr Zieliński", SALES, "en", ""),
    ("Katharina Roth", SALES, "de", "Roth Bau AG"),
    ("Emre Yıldız", SALES, "de", "Roth Bau AG"),
    ("Grace O'Neill", SUPPORT, "en", "Harbour Care"),
    ("Priyanka Nair 🌸", SUPPORT, "en", "Harbour Care"),
    ("Daniel Okafor", SUPPORT, "en", ""),
    ("Emily Clarke", SUPPORT, "en", "Clarke Catering"),
    ("Wei Zhang", SUPPORT, "en", "Northgate College"),
    ("Sofia Martins", SUPPORT, "pt", ""),
    ("Rahul Mehta", SUPPORT, "en", "Northgate College"),
    ("Fiona Campbell", SUPPORT, "en", ""),
    ("Nathan Price", SUPPORT, "en", "Price Electrical"),
    ("Amelia Stone", SUPPORT, "en", ""),
    ("Kwame Mensah", SUPPORT, "en", "Price Electrical"),
    ("Isabel Duarte", SUPPORT, "es", ""),
    ("George Hill", SUPPORT, "en", "Hillside Farms"),
    ("Yuki Tanaka", SUPPORT, "en", ""),
    ("Hassan Ali", SUPPORT, "en", "Safe Hands Training"),
    ("Lily Foster", SUPPORT, "en", ""),
    ("Ben Archer", SUPPORT, "en", "Clarke Catering"),
    ("Zanele Dube", SUPPORT, "en", ""),
    ("Amira Haddad", ARABIC, "ar", "Gulf Safety Centre"),
    ("مريم العتيبي", ARABIC, "ar", "Gulf Safety Centre"),
    ("أحمد منصور", ARABIC, "ar", "مركز المعرفة"),
    ("ليلى حداد", ARABIC, "ar", ""),
    ("خالد السالم", ARABIC, "ar", "مركز المعرفة"),
    ("نورة القحطاني", ARABIC, "ar", ""),
    ("נועה לוי", ARABIC, "he", ""),
    ("יונתן כהן", ARABIC, "he", "Haifa Skills"),
    ("سارة إبراهيم", ARABIC, "ar", ""),
    ("يوسف حمدان", ARABIC, "ar", "Gulf Safety Centre"),
    ("Rana Khoury", ARABIC, "ar", ""),
    ("Nina Petrova", EVENTS, "en", ""),
    ("Alejandro Ruiz", EVENTS, "es", ""),
    ("Maja Kowalska", EVENTS, "en", "Atelier Martin"),
    ("Robert King", EVENTS, "en", ""),
    ("Accounts · Brightwater", INVOICES, "en", "Brightwater Ltd"),
    ("Helen Shaw", INVOICES, "en", "Harbour Care"),
    ("Buchhaltung Roth Bau", INVOICES, "de", "Roth Bau AG"),
)

CUSTOMERS = _customers()

GROUPS = (
    Group(
        "Leadership in Practice, June",
        "120363025555555501@g.us",
        SUPPORT,
        ("Grace O'Neill", "Wei Zhang", "Rahul Mehta", "Emily Clarke"),
    ),
    Group(
        "Forklift course, October",
        "120363025555555502@g.us",
        SUPPORT,
        ("Nathan Price", "Kwame Mensah", "George Hill"),
    ),
    Group(
        "Nordlicht · Erste Hilfe",
        "120363025555555503@g.us",
        SALES,
        ("Jonas Weber", "Hannah Meyer", "Katharina Roth"),
        "de",
    ),
    Group(
        "فريق السلامة · Safety team",
        "120363025555555504@g.us",
        ARABIC,
        ("Amira Haddad", "أحمد منصور", "ليلى حداد"),
        "ar",
    ),
    Group(
        "Brightwater onboarding",
        "120363025555555505@g.us",
        SALES,
        ("Olivia Grant", "Marcus Webb", "Tom Harris"),
    ),
    Group(
        "Trainers' night",
        "120363025555555506@g.us",
        EVENTS,
        ("Nina Petrova", "Maja Kowalska", "Robert King"),
    ),
)

# Labels of WhatsApp Business, as the phones of these numbers have them; names of customers.
LABELS: dict[str, dict[str, tuple[str, ...]]] = {
    SALES: {
        "New customer": ("Jonas Weber", "Carlos Pérez", "Tom Harris", "Chloé Martin"),
        "Offer sent": ("Hannah Meyer", "Katharina Roth"),
        "Pending payment": ("Olivia Grant", "João Ferreira"),
        "Paid": ("Marcus Webb", "Anneliese Köhler", "Hannah Meyer"),
    },
    SUPPORT: {
        "New customer": ("Lily Foster", "Zanele Dube", "Daniel Okafor"),
        "Course question": ("Grace O'Neill", "Wei Zhang", "Rahul Mehta"),
        "Certificate": ("Grace O'Neill", "Nathan Price", "Emily Clarke"),
    },
}

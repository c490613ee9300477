"""What customers and staff of a training company say to each other, in six languages.

An exchange is a run of turns: `<` a customer's, `>` ours.
"""

Turn = tuple[str, str]
Exchange = tuple[Turn, ...]


def _exchange(text: str) -> Exchange:
    lines = [line.strip() for line in text.strip().splitlines()]
    return tuple((line[0], line[1:].strip()) for line in lines if line)


def _exchanges(text: str) -> tuple[Exchange, ...]:
    return tuple(_exchange(block) for block in text.strip().split("\n\n"))


ENGLISH = _exchanges("""
< Hi! Is there still a place on the first-aid course on Thursday?
> Yes, two places left. Shall I reserve one for you?
< Yes please 🙏
> Done. You will get the confirmation by e-mail today.

< Could you send me the invoice again? I cannot find it.
> Of course, it is on its way to your e-mail.
< Got it, thank you!

< What time does the forklift refresher start tomorrow?
> At 8:30, please be there ten minutes early for the badge.
< Perfect, see you then 👍

< Do we need to bring our own safety shoes?
> Yes, please. Helmets and gloves are provided.

< Can I bring a colleague along?
> Gladly, if you tell me the name by Wednesday.
< It is Ravi Menon. Same company.
> Noted, he is on the list.

< Running ten minutes late, sorry 🙈
> No problem, we start with coffee anyway ☕

< Is parking included?
> Yes, level -1, the code is in your confirmation.

< My certificate has the old company name on it.
> Sorry about that! I will have it printed again and posted tomorrow.
< Thanks, no rush.

< Is the course also available online?
> The theory part is, the practice day is on site.
< That works for us. How much for twelve people?
> For twelve it is a closed group: 1,840 in all, material included.
< Let me check with my manager and come back to you.

< Good morning! We would like to move our date by a week.
> Good morning, that works: the 18th instead of the 11th. Same room.
< Brilliant 🎉

> Hello, a reminder: your first-aid certificate runs out next month.
< Oh! Thanks for telling me. When is the next refresher?
> On the 5th and on the 19th, each at 9.
< The 19th please.

< Who is teaching on Friday?
> Sam Doyle, he has also done your last two courses.

< Can we pay by card on the day?
> Yes, card or invoice, as you like.
""")

GERMAN = _exchanges("""
< Guten Tag, können wir den Termin um eine Woche verschieben?
> Guten Tag, ja, am 18. wäre derselbe Raum frei.
< Wunderbar, vielen Dank für die schnelle Antwort!

< Gibt es noch Plätze im Ersthelferkurs?
> Noch drei. Soll ich für Sie reservieren?
< Bitte zwei, auf Nordlicht GmbH.
> Ist eingetragen. Die Bestätigung kommt per E-Mail.

< Ist der Gabelstaplerschein auch auf Englisch möglich?
> Ja, einmal im Monat, das nächste Mal am 24.

< Könnten Sie mir die Rechnung noch einmal schicken?
> Gern, ist unterwegs.
< Angekommen, danke 👍

< Wie viele Teilnehmer sind maximal möglich?
> Zwölf, ab dem dreizehnten kommt eine zweite Trainerin dazu.

> Kleine Erinnerung: Morgen um 8:30 Uhr geht es los.
< Wir sind pünktlich da 😊
""")

ARABIC = _exchanges("""
< مرحباً، هل ما زالت هناك أماكن في دورة السلامة؟
> أهلاً، نعم، بقي مكانان. هل أحجز لك واحداً؟
< نعم من فضلك
> تم الحجز، وستصلك رسالة التأكيد اليوم.

< كم سعر الدورة لخمسة موظفين؟
> لخمسة أشخاص 950 شاملة المواد والشهادات.
< ممتاز، سأتحدث مع المدير وأعود إليك

< متى تبدأ الدورة القادمة؟
> يوم الأحد في التاسعة صباحاً.
< شكراً جزيلاً 🌹

< أرسلت التحويل هذا الصباح، هل وصلكم؟
> نعم، وصل. شكراً لك!

< هل الدورة متاحة عبر الإنترنت؟
> الجزء النظري نعم، والتدريب العملي في المركز.
< حسناً، سأرد عليكم غداً
""")

HEBREW = _exchanges("""
< שלום, באיזו שעה מתחיל הקורס ביום ראשון?
> שלום, בתשע בבוקר, קומה 2.
< תודה רבה!

< אפשר לקבל חשבונית על שם החברה?
> בוודאי, אשלח היום.
< מעולה, נתראה 🙏
""")

PORTUGUESE = _exchanges("""
< Olá! O curso de liderança também é dado em português?
> Olá! Sim, em novembro temos uma turma em português.
< Perfeito, muito obrigada!

< Posso pagar em duas vezes?
> Pode sim, metade agora e metade no dia do curso.
< Combinado 😄

< Bom dia, já recebi o certificado. Obrigada! 🎉
> Que bom! Até a próxima.
""")

SPANISH = _exchanges("""
< Hola, ¿queda sitio en el curso de primeros auxilios?
> Hola, sí, quedan cuatro plazas.
< Reserve dos, por favor.
> Hecho, le llega la confirmación hoy.

< ¿La factura puede ir a nombre de la empresa?
> Claro, envíeme el NIF y la preparo.
< Se lo mando ahora mismo 👍

< ¿A qué hora hay que estar mañana?
> A las nueve menos diez, en recepción.
""")

LANGUAGES = {
    "en": ENGLISH,
    "de": GERMAN,
    "ar": ARABIC,
    "he": HEBREW,
    "pt": PORTUGUESE,
    "es": SPANISH,
}


def customer_lines(language: str) -> list[str]:
    """Sentences with which a customer of this language may open, for the simulator."""
    return [exchange[0][1] for exchange in LANGUAGES[language] if exchange[0][0] == "<"]


def customer_replies(language: str) -> list[str]:
    """Sentences with which they may answer."""
    found = [text for each in LANGUAGES[language] for side, text in each[1:] if side == "<"]
    return found or customer_lines(language)

"""What do people say who wait for a message, and people who got one that they did not want?

In English, German, French, Spanish, Portuguese, Italian, Dutch, Polish, Turkish and Indonesian; all in small letters
without accents, as `plain_letters` writes them. The first phrase in a text decides.
"""

import re
import unicodedata
from functools import cache

from checkvalve.events import ComplaintKind

NOT_RECEIVED = (
    "not received", "never received", "not receive", "n't receive", "cannot receive", "unable to receive",
    "not receiving", "not arrive", "n't arrive", "never arrive", "not arriving", "not deliver", "n't deliver",
    "undelivered", "never came", "not come", "n't come", "not get", "n't get", "never got", "not getting",
    "no code", "no sms", "no otp", "no text", "no message", "missing code", "missing sms", "code missing",
    "sms missing", "waiting for",
    # German
    "kam nicht", "kommt nicht", "kommen nicht", "kamen nicht", "kam nie", "kommt nie", "nicht angekommen",
    "nie angekommen", "nicht gekommen", "nicht erhalten", "nie erhalten", "nicht bekommen", "nie bekommen",
    "kein code", "keinen code", "keine sms", "keine nachricht", "keine tan", "erhalte kein", "bekomme kein",
    "nicht zugestellt", "warte auf",
    # French
    "pas recu", "jamais recu", "rien recu", "recu aucun", "ne recois", "recois aucun", "recois pas", "pas arrive",
    "jamais arrive", "code n'arrive", "sms n'arrive", "message n'arrive", "aucun code", "aucun sms", "aucun message",
    "pas de code", "pas de sms", "attends le", "attends toujours",
    # Spanish
    "no recib", "no he recib", "no hemos recib", "nunca recib", "nunca he recib", "no me llega", "no me llego",
    "no llega", "no llego", "no me ha llegado", "no ha llegado", "nunca llego", "nunca me llego", "sin recibir",
    "ningun codigo", "ningun sms", "ningun mensaje", "esperando el",
    # Portuguese
    "nao receb", "nunca receb", "nao chega", "nao chegou", "nunca chegou", "sem receber", "nenhum codigo",
    "nenhum sms", "nenhuma mensagem", "esperando o", "aguardando o",
    # Italian
    "non ricev", "non ho ricev", "non ho mai ricev", "mai ricevuto", "non arriva", "non mi arriva", "non e arrivat",
    "non mi e arrivat", "mai arrivat", "nessun codice", "nessun sms", "nessun messaggio", "aspettando il",
    # Dutch
    "niet ontvangen", "nooit ontvangen", "ontvang geen", "ontvang de code niet", "niet aangekomen", "nooit aangekomen",
    "niet gekregen", "nooit gekregen", "krijg geen", "geen code", "geen sms", "geen bericht", "komt niet", "kwam niet",
    "niet binnen", "wacht op",
    # Polish
    "nie otrzym", "nie dosta", "nie przysz", "nie przyched", "nie przychodz", "nie dotar", "nie doszed", "nie dochodz",
    "brak kodu", "brak sms", "czekam na",
    # Turkish
    "gelmedi", "gelmiyor", "alamadim", "alamiyorum", "almadim", "ulasmadi", "ulasmiyor",
    # Indonesian
    "tidak menerima", "belum menerima", "tidak terima", "belum terima", "tidak masuk", "belum masuk", "tidak sampai",
    "belum sampai", "tidak dapat kode", "belum dapat kode", "tidak dapat sms", "belum dapat sms", "tidak ada kode",
    "tidak muncul", "menunggu kode",
)  # fmt: skip
"""Phrases of people who wait for a message (``n't`` and ``not`` stand for every verb before them)."""

UNSOLICITED = (
    "unsolicited", "unwanted", "unrequested", "unexpected code", "unexpected message", "unexpected sms",
    "not request", "n't request", "never requested", "not ask", "n't ask", "never asked", "without asking",
    "not sign up", "n't sign up", "never signed up", "not order", "n't order", "was not me", "wasn't me", "spam",
    "stop sending", "stop texting", "keep getting", "keep receiving", "too many messages", "too many codes",
    "too many sms", "too many texts", "flood", "bomb", "harass", "unknown code", "random code",
    # German
    "nicht angefordert", "nie angefordert", "nicht bestellt", "nicht beantragt", "unerwunscht", "ungefragt",
    "ungebeten", "war ich nicht", "zu viele sms", "zu viele nachrichten", "belastig",
    # French
    "pas demande", "jamais demande", "rien demande", "non sollicite", "indesirable", "sans demander", "pas moi qui",
    "trop de messages", "trop de sms", "harcel",
    # Spanish
    "no solicit", "no he solicit", "nunca solicit", "no ped", "no he pedido", "nunca ped", "sin pedir",
    "sin solicitar", "no deseado", "no fui yo", "demasiados mensajes", "demasiados sms", "acoso",
    # Portuguese
    "nao solicit", "nunca solicit", "nao ped", "nunca ped", "sem pedir", "sem solicitar", "indesejad",
    "nao fui eu", "muitas mensagens",
    # Italian
    "non richiest", "non ho richiest", "non ho chiest", "mai richiest", "mai chiest", "indesiderat",
    "non sono stato io", "troppi messaggi", "troppi sms",
    # Dutch
    "niet aangevraagd", "nooit aangevraagd", "niet gevraagd", "nooit gevraagd", "niet om gevraagd", "ongewenst",
    "ongevraagd", "te veel berichten", "te veel sms",
    # Polish
    "nie zamawia", "nie prosi", "niechcian", "niezamowion", "to nie ja", "za duzo wiadomosci", "za duzo sms",
    # Turkish
    "istemedim", "talep etmedim", "istenmeyen", "ben yapmadim", "cok fazla mesaj", "cok fazla sms",
    # Indonesian
    "tidak meminta", "tidak minta", "tidak pernah minta", "tidak pernah meminta", "bukan saya", "tanpa diminta",
    "terlalu banyak pesan", "terlalu banyak sms",
)  # fmt: skip
"""Phrases of people who got messages that they did not want."""

_LETTERS = str.maketrans({"ł": "l", "ı": "i", "’": "'", "_": " ", "-": " "})


@cache
def _phrases() -> re.Pattern[str]:
    """All phrases at once. To compile them takes a thirtieth of a small investigation, and few have complaints."""
    either = (
        "|".join(rf"(?<![a-z]){re.escape(phrase)}" if phrase[:3] != "n't" else phrase for phrase in phrases)
        for phrases in (NOT_RECEIVED, UNSOLICITED)
    )
    return re.compile("(?P<not_received>{})|(?P<unsolicited>{})".format(*either))


def plain_letters(text: str) -> str:
    """The text in small letters without accents.

    >>> plain_letters("Je n’ai pas reçu"), plain_letters("ŞİFRE gelmedi")
    ("je n'ai pas recu", 'sifre gelmedi')
    """
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_LETTERS)


def kind_said(text: str) -> ComplaintKind | None:
    """What is the complaint about, by its words? ``None`` where none of them is known.

    >>> kind_said("I didn't receive my code"), kind_said("Der Code kam nicht an"), kind_said("No recibo el código")
    ('not_received', 'not_received', 'not_received')
    >>> kind_said("Bu kodu istemedim"), kind_said("Ganska märkligt")
    ('unsolicited', None)
    """
    found = _phrases().search(plain_letters(text))
    if found is None:
        return None
    return "not_received" if found["not_received"] else "unsolicited"

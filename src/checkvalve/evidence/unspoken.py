"""What of a refused record may be kept: all but the words of messages, one-time codes, passwords and tokens."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

HIDDEN = "•••"
FIELDS = frozenset({
    "body", "text", "message", "content", "msg", "messagebody", "messagetext", "messagecontent", "smsbody", "smstext",
    "smsmessage", "shortmessage", "code", "otp", "otpcode", "onetimecode", "onetimepassword", "pin", "pincode",
    "passcode", "password", "passwd", "pwd", "token", "accesstoken", "idtoken", "refreshtoken", "verificationcode",
    "confirmationcode", "authcode", "smscode", "secret", "clientsecret", "authorization",
})  # fmt: skip
"""Names of fields, of which only letters and digits count, whose values are not kept."""

_NAME = "|".join("[_-]?".join(name) for name in sorted(FIELDS, key=len, reverse=True))
_JSON_FIELD = re.compile(
    rf"""(?P<begin>(?<!\\)(?P<slash>\\*)(?P<quote>["'])(?:{_NAME})(?P=slash)(?P=quote)\s*[:=]\s*)
    (?:(?P=slash)(?P=quote).*?(?:(?<!\\)(?P=slash)(?P=quote)|\Z)|[\w.-]+)""",
    re.DOTALL | re.VERBOSE | re.IGNORECASE,
)
_FORM_FIELD = re.compile(rf"""(?P<begin>(?<![\w-])(?:{_NAME})=)(?:"[^"]*"?|'[^']*'?|[^&\s"',;]+)""", re.I)
_CODE_WORDS = (
    r"(?:code|codes|código|codigo|codice|código|otp|pin|passcode|password|passwort|kod|kodu|kode|kodunuz|clave|sandi|"
    r"token|mot\ de\ passe|contraseña|senha|hasło|wachtwoord|verif\w*|код|пароль)"
)
_DIGITS = r"(?:(?<![\d+.:/-])|(?<=\b[A-Z]-))(?!20\d\d-\d\d-)(?:\d{4,8}|\d{3}[- ]\d{3,4})(?![\d:/]|-\d\d|\.\d)"
_NOT_ONE = r"(?<!error[ _])(?<!status[ _])(?<!country[ _])(?<!response[ _])"
_BETWEEN = r"[^\w\",{}\[\]]{1,4}"
_CODE_AFTER = re.compile(
    rf"({_NOT_ONE}\b{_CODE_WORDS}\b(?:{_BETWEEN}[^\W\d]+){{0,4}}?[^\w{{}},]{{1,4}}(?:[A-Z]-)?){_DIGITS}", re.I
)
_CODE_BEFORE = re.compile(rf"{_DIGITS}((?:{_BETWEEN}[^\W\d]+){{0,4}}?{_BETWEEN}{_NOT_ONE}{_CODE_WORDS}\b)", re.I)
_CHINESE = re.compile(r"(验证码|驗證碼|認証コード|인증번호)(\W{0,4})\d{4,8}(?!\d)")
_SENTENCE = re.compile(r"(?<![^\W\d_])(?:[^\W\d_]{1,40}[ .!?:'’]{1,3}){3,}[^\W\d_]+[^,;\t|\"]*")
_LONGEST = 20_000


def as_kept(raw: object, *, of_table: bool = False) -> str:
    """The record as text without what it confides; an object as the JSON that it came from.

    ``of_table``: the text is a line of a table whose columns are not known, so a cell that is a sentence is taken for
    the words of a message.

    >>> as_kept({"sid": "SM1", "body": "Your code is 123456", "to": "+447700900123"})
    '{"sid":"SM1","body":"•••","to":"+447700900123"}'
    >>> as_kept("sent Your code is 123456 to +447700900123"), as_kept("POST /v?phone=1&otp=1234 500")
    ('sent Your code is ••• to +447700900123', 'POST /v?phone=1&otp=••• 500')
    """
    if isinstance(raw, str):
        kept = _text(raw[:_LONGEST])
        return _SENTENCE.sub(HIDDEN, kept) if of_table else kept
    try:
        return msgspec.json.encode(_without(raw), enc_hook=str).decode()
    except (RecursionError, ValueError):  # nested too deep, or a number of thousands of digits
        return f"(a {type(raw).__name__} that cannot be written as JSON)"


def _without(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value[:_LONGEST])
    if isinstance(value, Mapping):
        return {key: _field(str(key), held) for key, held in value.items()}
    return [_without(item) for item in value] if isinstance(value, list) else value


def _field(name: str, value: Any) -> Any:
    if not _is_confided(name) or isinstance(value, Mapping | list) or value in (None, "", True, False):
        return _without(value)
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        return _text(value[:_LONGEST])  # an object inside a text: its fields tell what it confides
    return HIDDEN


def _text(text: str) -> str:
    text = _FORM_FIELD.sub(_hide, _JSON_FIELD.sub(_hide, text))
    text = _CODE_BEFORE.sub(rf"{HIDDEN}\1", _CODE_AFTER.sub(rf"\1{HIDDEN}", text))
    return _CHINESE.sub(rf"\1\2{HIDDEN}", text)


def _hide(found: re.Match[str]) -> str:
    groups = found.groupdict()
    mark = (groups.get("slash") or "") + (groups.get("quote") or "")
    return f"{found['begin']}{mark}{HIDDEN}{mark}"


def _is_confided(name: str) -> bool:
    return "".join(letter for letter in name.lower() if letter.isalnum()) in FIELDS

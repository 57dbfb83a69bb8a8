"""What can go wrong, in words for people: what happened, where, what to do.

Three families: the caller asked for something impossible (`Usage`), the surroundings failed (`Surroundings`),
one record cannot be used (`Unusable`, never fatal: it goes to quarantine).
"""


class CheckvalveError(Exception):
    """Something that a user can act on.

    >>> str(CheckvalveError("no log was recognised", where="logs/app.txt", todo="run 'checkvalve sources'"))
    "logs/app.txt: no log was recognised. What to do: run 'checkvalve sources'"
    """

    def __init__(self, what: str, *, where: str = "", todo: str = "") -> None:
        self.what, self.where, self.todo = what, where, todo
        located = f"{where}: {what}" if where else what
        super().__init__(f"{located}. What to do: {todo}" if todo else located)


class Usage(CheckvalveError):
    """The call cannot be carried out as asked: bad option, missing file, nothing readable."""


class Surroundings(CheckvalveError):
    """The machine said no: full disk, no permission, a file that vanished while it was read."""


class Unusable(Exception):
    """One record cannot be used; ``reason`` is a short code in snake_case, ``detail`` names the field.

    >>> Unusable("bad_time", "SentDate: 'yesterday'").reason
    'bad_time'
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}: {detail}" if detail else reason)

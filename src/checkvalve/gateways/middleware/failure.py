"""What a log may say of an error."""


def place_of(error: BaseException) -> str:
    """What kind of error, and where in the code; not what it says, which may repeat what was sent.

    >>> place_of(ValueError("+447700900123"))
    'ValueError'
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}"
    return f"{type(error).__name__}{where}"

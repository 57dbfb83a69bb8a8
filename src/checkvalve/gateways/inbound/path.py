"""Paths, however they are written."""


def plain(path: str) -> str:
    """A path without what proxies and applications overlook.

    >>> plain("//api/./x/../otp/"), plain("/")
    ('/api/otp', '/')
    """
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append(step)
    return "/" + "/".join(steps)

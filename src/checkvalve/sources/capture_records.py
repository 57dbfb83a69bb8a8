"""The records of a capture: exchanges of HTTP and handovers of SMPP, each whole, in the order of their end."""

from collections.abc import Iterable, Iterator

from checkvalve.sources.base import Broken, Record
from checkvalve.sources.capture_frames import Frame
from checkvalve.sources.capture_http import Exchanges
from checkvalve.sources.capture_smpp import Handovers
from checkvalve.sources.captures import frames


def capture_records(blocks: Iterable[bytes]) -> Iterator[Record | Broken]:
    """What the capture holds; what tshark could not read is `Broken`, at the end."""
    return joined(frames(blocks))


def joined(found: Iterable[Frame | Broken]) -> Iterator[Record | Broken]:
    """The records of dissected frames; what waits for an answer at the end comes then."""
    exchanges, handovers = Exchanges(), Handovers()
    broken: list[Broken] = []
    for frame in found:
        if isinstance(frame, Broken):
            broken.append(frame)
            continue
        try:
            done = [*exchanges.take(frame), *handovers.take(frame)]
        except ValueError:
            broken.append(Broken("bad_time", "a frame without a time"))
        else:
            yield from done
    yield from exchanges.rest()
    yield from handovers.rest()
    yield from broken

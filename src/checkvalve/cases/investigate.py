"""One investigation from files to result. This is the path that everything else stands beside."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from checkvalve.beside import beside
from checkvalve.errors import Usage
from checkvalve.evidence.intake import take
from checkvalve.evidence.store import Store
from checkvalve.investigation import Input, Investigation
from checkvalve.progress import Progress, Silent
from checkvalve.settings import Settings
from checkvalve.sources.registry import sources


def investigate(
    inputs: Sequence[Path], output: Path, *, settings: Settings | None = None, progress: Progress | None = None
) -> Investigation:
    """What happened, since when, to which ranges, from where, for how much, and what explains it?

    Writes ``evidence.duckdb``, ``sends.parquet`` and ``quarantine.jsonl`` into the existing folder ``output``; the
    result itself is the return value.

    Raises:
        Usage: none of the inputs could be read as any log.
        Surroundings: the disk is full, or the like.
    """
    with investigated(inputs, output, settings=settings, progress=progress) as result:
        return result


@contextmanager
def investigated(
    inputs: Sequence[Path],
    output: Path,
    *,
    settings: Settings | None = None,
    progress: Progress | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> Iterator[Investigation]:
    """The same for a block that goes on with the result while the evidence goes to disk.

    The files are whole where the block ends. ``meanwhile`` is done beside the reading, and has ended when the block
    begins.
    """
    settings, progress = settings or Settings(), progress or Silent()
    with ExitStack() as held:
        with beside(sources):  # they take as long to import as the engine to start
            store = held.enter_context(Store(output, settings.logs))
        with beside(meanwhile):
            result = _result(inputs, output, store, settings, progress)
        with beside(held.close):
            yield result


def _result(
    inputs: Sequence[Path], output: Path, store: Store, settings: Settings, progress: Progress
) -> Investigation:
    read = take(inputs, store, settings, progress)
    _check(read)
    # Reading need not wait for what comes later, and whoever wants to imports it meanwhile.
    from checkvalve.cases.labels import write_labels, write_sends
    from checkvalve.cases.stages import cases_of, gather, result_of, world_of

    with progress.stage("Joining logs"):
        gathered = gather(read, store, settings)
    with store.aside() as judging, store.aside() as writing:
        with progress.stage("Looking for what should not be"):
            store.make_room()
            world = world_of(store, settings, gathered, judging)
            judged, left = cases_of(world)
        with progress.stage("Writing the evidence"):
            write_labels(store, judged)
            with beside(lambda: write_sends(writing, output / "sends.parquet"), writing.interrupt):
                return result_of(world, gathered, judged, left)


def _check(read: Sequence[Input]) -> None:
    if not any(one.source for one in read):
        told = "; ".join(f"{one.path}: {one.note}" for one in read[:3])
        raise Usage(
            f"nothing could be read ({told})",
            todo="run 'checkvalve sources' for what can be read, and 'checkvalve sources check FILE' for a file",
        )

"""One investigation from files to result. This is the path that everything else stands beside."""

from collections.abc import Sequence
from pathlib import Path

from checkvalve.beside import beside
from checkvalve.errors import Usage
from checkvalve.evidence.intake import take
from checkvalve.evidence.store import Store
from checkvalve.investigation import Input, Investigation
from checkvalve.progress import Progress, Silent
from checkvalve.settings import Settings


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
    settings, progress = settings or Settings(), progress or Silent()
    with Store(output, settings.logs) as store:
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
                    result = result_of(world, gathered, judged, left)
    return result


def _check(read: Sequence[Input]) -> None:
    if not any(one.source for one in read):
        told = "; ".join(f"{one.path}: {one.note}" for one in read[:3])
        raise Usage(
            f"nothing could be read ({told})",
            todo="run 'checkvalve sources' for what can be read, and 'checkvalve sources check FILE' for a file",
        )

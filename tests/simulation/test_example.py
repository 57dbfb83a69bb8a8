"""The example evidence is what the generator writes."""

from pathlib import Path

from checkvalve.simulation.write import write
from tests.simulation.reading import logs_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "burst"


def test_the_example_is_written_by_the_generator(tmp_path: Path) -> None:
    """The committed logs are, text for text, those of the stated seed and scale; compression may differ."""
    write("burst", seed=7, folder=tmp_path, scale=0.35)
    (tmp_path / "example").mkdir()
    (tmp_path / "example" / "logs").symlink_to(EXAMPLE)
    assert logs_of(tmp_path / "example") == logs_of(tmp_path)


def test_the_example_is_small_and_holds_no_truth() -> None:
    """The example stays below a megabyte and holds compressed logs and nothing else."""
    files = [path for path in EXAMPLE.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 1_000_000
    assert {path.suffix for path in files} == {".gz"}

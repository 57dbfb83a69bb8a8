"""The evidence store: rows go in set by set, each through the same gate (numbers, money), and come out by SQL."""

import copy
import errno
import itertools
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from checkvalve.errors import Surroundings
from checkvalve.events import Event, Send
from checkvalve.evidence import tables
from checkvalve.evidence.widths import Part, Widths
from checkvalve.numbering import network, plan
from checkvalve.settings import Logs

MEMORY_LIMIT = "1GB"
_MEMORY_BESIDE_TESTS, _MEMORY_AT_REST = "400MB", "50MB"
_MANY = 4_000_000
"""The arrays of so many messages leave the engine no memory of its own under two gigabytes."""
_MOST_KEPT = 4
"""So many temporary tables of `Store.kept` are there at once."""


class Store:
    """One ``evidence.duckdb`` while an investigation fills and reads it."""

    def __init__(self, directory: Path, logs: Logs | None = None) -> None:
        self.directory = directory
        self.path = directory / "evidence.duckdb"
        self._logs = logs or Logs()
        self._names = itertools.count()
        self._kept: dict[str, str] = {}
        self._once: dict[str, list[tuple[Any, ...]]] = {}
        self._asking = threading.Lock()
        self._lock = threading.Lock()
        self._widths = Widths()
        self._of_kinds = 0
        _check(self.path)
        with surroundings(self.path):
            self.connection = duckdb.connect(str(self.path))
        try:
            self._begin()
        except BaseException:
            self.connection.close()
            raise

    def _begin(self) -> None:
        with surroundings(self.path):
            for_its_owner(self.path)
            self.connection.execute(
                # to wait for the disk after each statement proves nothing: what a crash leaves is thrown away
                "SET fsync_mode = 'NONE'; "
                # nothing is deleted in bulk: merging row groups at the end would only write them a second time
                "SET max_vacuum_tasks = 0; "
                # where few rows are expected it would compare each with all; it often expects few of very many
                "SET asof_loop_join_threshold = 0; "
                f"SET TimeZone = 'UTC'; SET memory_limit = '{MEMORY_LIMIT}'; SET checkpoint_threshold = '1TB'; "
                f"SET temp_directory = {text_literal(str(self.directory / 'spill'))}; "
                "SET enable_progress_bar = false; SET autoinstall_known_extensions = false; "
                "SET autoload_known_extensions = false; "
                "SET enable_external_file_cache = false"
            )
            self.connection.execute("; ".join(["BEGIN", *tables.ddl(), "COMMIT"]))

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:  # what it holds is thrown away
            self.connection.close()

    def close(self) -> None:
        """Write everything to disk, wait for the disk, and let go of the file.

        Written by its own statement: what the engine cannot write as it closes, it leaves out without a word.
        """
        try:
            self.run("SET fsync_mode = 'STANDARD'; CHECKPOINT")
        finally:
            self.connection.close()

    @contextmanager
    def aside(self) -> Iterator["Store"]:
        """The same evidence for a thread of its own: it sees the tables, and nothing temporary or registered."""
        other = copy.copy(self)
        other._kept = {}
        with surroundings(self.path):
            other.connection = self.connection.cursor()
        try:
            yield other
        finally:
            other.connection.close()

    def interrupt(self) -> None:
        """End what is being asked, with an error for whoever asked it."""
        self.connection.interrupt()

    def make_room(self) -> None:
        """Everything is read: the engine keeps to less memory, so that the tests have the rest."""
        self.run(f"SET memory_limit = '{_MEMORY_BESIDE_TESTS}'")

    def let_go(self, messages: int) -> None:
        """Give back the memory in which the engine keeps what it has read, as far as nobody is asking it just now.

        Of few messages it is not worth reading them again, and the memory that arrays used before goes with it.
        """
        if messages < _MANY:
            return
        with suppress(Surroundings):  # somebody is: what he needs stays
            self.run(f"SET memory_limit = '{_MEMORY_AT_REST}'")
        self.make_room()

    def kept(self, select: str) -> str:
        """The name of a temporary table of a query's rows; asked for the same rows again soon, it is there already."""
        if select not in self._kept:
            if len(self._kept) == _MOST_KEPT:
                self.run(f"DROP TABLE {self._kept.pop(next(iter(self._kept)))}")
            table = f"kept_{next(self._names)}"
            self.run(f"CREATE TEMP TABLE {table} AS {select}")
            self._kept[select] = table
        return self._kept[select]

    def spool(self) -> Path:
        """A fresh path for rows on their way into the store; whoever uses it removes the file."""
        with self._lock:
            return self.directory / f"spool-{next(self._names)}"

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with surroundings(self.path):
            return self.connection.execute(query, parameters or None).fetchall()

    def row(self, query: str, parameters: Sequence[object] = ()) -> tuple[Any, ...]:
        """The only row of a query that has one."""
        return self.rows(query, parameters)[0]

    def once(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query about what no longer changes: asked again, by whomever, the answer is there."""
        with self._asking:
            if query not in self._once:
                self._once[query] = self.rows(query)
            return self._once[query]

    def arrays(self, query: str) -> dict[str, NDArray[Any]]:
        """The columns of a query as numpy arrays; NULL numbers are masked out as NaN or filled by the query."""
        with surroundings(self.path):
            return {
                name: values.filled(np.nan) if isinstance(values, np.ma.MaskedArray) else values
                for name, values in self.connection.execute(query).fetchnumpy().items()
            }

    def run(self, statement: str, parameters: Sequence[object] = ()) -> None:
        """Carry out a statement that answers nothing."""
        with surroundings(self.path):
            self.connection.execute(statement, parameters or None)

    def load(self, event: type[Event], select: str) -> int:
        """Take in the rows of a query whose columns are the record's fields and the origin; how many were there?

        Numbers and money are settled on the way in (`tables.ADDED`), so every row went through the same gate.
        """
        with surroundings(self.path), self.connection.cursor() as cursor:
            cursor.execute(f"CREATE OR REPLACE TEMP TABLE stage AS {select}")
            count = self.insert(
                cursor, event, {name: f'"{name}"' for name in (*tables.fields(event), *tables.ORIGIN)}
            )
            cursor.execute("DROP TABLE stage")
        return count

    def insert(
        self,
        cursor: duckdb.DuckDBPyConnection,
        event: type[Event],
        given: Mapping[str, str],
        where: str = "true",
        *,
        source: str = "",
    ) -> int:
        """Take in rows that stand in the cursor's temporary table ``stage``; how many were taken?

        ``given`` are the columns that are known, as SQL over a row of ``stage``; ``where`` says which rows. They may
        come from another ``source``, which then has the columns of `numbered`.
        """
        staged = not source
        source = source or "stage"
        if tables.has_number(event) and staged:
            cursor.execute(_DESTINATIONS)
            cursor.register("numbered", numbered(np.ma.filled(cursor.fetchnumpy()["number"], 0).astype(np.int64)))
            source = "stage POSITIONAL JOIN numbered"
        count = self._put(cursor, event, self._added(cursor, event, given), f"{source} WHERE {where}")
        if staged and tables.has_number(event):
            cursor.unregister("numbered")
        return count

    def _added(
        self, cursor: duckdb.DuckDBPyConnection, event: type[Event], given: Mapping[str, str]
    ) -> dict[str, str]:
        """The columns that are known, and what is added to them, over rows that have the columns of `numbered`."""
        added = dict(given)
        if tables.has_number(event):
            cursor.execute("SET VARIABLE countries = ?", [list(plan.countries())])
            cursor.execute("SET VARIABLE holders = ?", [list(network.network_names())])
            for name in tables.NUMBER:
                added[name] = f"CASE WHEN plan_number > 0 THEN plan_{name} END"
            added["country"] = (
                f"coalesce(getvariable('countries')[plan_country + 1], {given.get('country', 'NULL')})"
            )
            if event is Send:
                added["holder"] = "getvariable('holders')[plan_holder + 1]"
                added["network_name"] = f"coalesce({given.get('network_name', 'NULL')}, {added['holder']})"
                added["price_usd"] = _usd("price", given, self._logs)
        if "amount_usd" in tables.columns(event):
            added["amount_usd"] = _usd("amount", given, self._logs)
        return added

    def insert_kinds(self, cursor: duckdb.DuckDBPyConnection, given: Mapping[str, str], source: str) -> None:
        """Take in what messages of a kind say alike: rows of ``source`` that have the columns of `numbered`, too."""
        self._widths.formed(cursor)
        added = {"kind": "kind", **self._added(cursor, Send, given)}
        names = [name for name in tables.of_kinds() if name in added]
        cursor.execute(
            f"""INSERT INTO {tables.KINDS} ({", ".join(f'"{name}"' for name in names)})
            SELECT {", ".join(added[name] for name in names)} FROM {source}"""
        )

    def insert_formed(self, cursor: duckdb.DuckDBPyConnection, given: Mapping[str, str], source: str) -> None:
        """Take in messages of known kinds: rows of ``source``, with ``given`` as SQL of `tables.OF_EACH`."""
        self._widths.formed(cursor)
        said = ", ".join(given[name] for name in tables.OF_EACH)
        into = f"{tables.FORMED} (kind, {', '.join(tables.OF_EACH)})"
        cursor.execute(f"INSERT INTO {into} SELECT kind, {said} FROM {source}")

    def new_kinds(self, count: int) -> NDArray[np.int32]:
        """Numbers for so many kinds of messages; nobody else gets them."""
        with self._lock:
            first, self._of_kinds = self._of_kinds, self._of_kinds + count
        return np.arange(first, first + count, dtype=np.int32)

    def settle(self) -> None:
        """All logs are read: each message has the ``rowid`` that it keeps until `message_tables` is asked."""
        with surroundings(self.path):
            self._widths.settle(self.connection)

    def put_back(self, event: type[Event], source: str) -> None:
        """Take in rows that were here before, from a table with all their columns."""
        with surroundings(self.path):
            self._put(self.connection, event, {name: f'"{name}"' for name in tables.columns(event)}, source)

    def _put(
        self, cursor: duckdb.DuckDBPyConnection, event: type[Event], given: Mapping[str, str], source: str
    ) -> int:
        with self._widths.holding(cursor, event, given, source) as names:
            cursor.execute(
                f"""INSERT INTO {tables.KEPT[event]} ({", ".join(f'"{name}"' for name in names)})
                SELECT {", ".join(given[name] for name in names)} FROM {source}"""
            )
            return _only(cursor)

    def table(self, event: type[Event], *names: str) -> str:
        """The table whose rows somebody is about to change, in these columns or in whole; others read its view.

        Messages lie in several: see `message_tables`.
        """
        with surroundings(self.path):
            return self._widths.table(self.connection, event, names)

    def message_tables(self, *names: str) -> list[Part]:
        """The tables whose messages somebody is about to change, in these columns or by leaving some out.

        Rows may get another ``rowid`` by this, so it is asked before anybody notes one.
        """
        with surroundings(self.path):
            return self._widths.parts(self.connection, names)


def _check(path: Path) -> None:
    other = "choose another folder with -o"
    if path.exists():
        raise Surroundings("an evidence store is already there", where=str(path), todo=other)
    if "?" in str(path):
        raise Surroundings("the engine cannot write below a name with a question mark", where=str(path), todo=other)


def text_literal(text: str) -> str:
    """A text as SQL writes it.

    >>> text_literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def for_its_owner(path: Path) -> None:
    """Let only its owner read a file that holds whole numbers, where the file system knows of rights."""
    with suppress(OSError):
        path.chmod(0o600)


def file_pattern(path: Path) -> str:
    """A path for the table functions that read files, with what they would take for a pattern made literal.

    >>> file_pattern(Path("logs [1]/spool-0"))
    'logs [[]1]/spool-0'
    """
    return re.sub(r"[*?[]", lambda found: f"[{found[0]}]", str(path))


def _only(cursor: duckdb.DuckDBPyConnection) -> int:
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def _usd(name: str, given: Mapping[str, str], logs: Logs) -> str:
    """SQL of an amount in USD: a currency without a rate, and an unknown one, stay NULL."""
    own = text_literal(logs.currency) if logs.currency else "NULL"
    rates = {"USD": 1.0, **{code.upper(): rate for code, rate in logs.usd_per.items()}}
    cases = " ".join(f"WHEN {text_literal(code)} THEN {rate!r}" for code, rate in rates.items())
    return f"{given.get(name, 'NULL')} * CASE upper(coalesce({given.get('currency', 'NULL')}, {own})) {cases} END"


# a number is six to eighteen digits, the first not 0: exactly when writing it again gives the same text
_DESTINATIONS = """SELECT CASE WHEN number BETWEEN 100000 AND 999999999999999999
                            AND destination IN (CAST(number AS VARCHAR), '+' || number) THEN number ELSE 0 END AS number
    FROM (SELECT destination, try_cast(destination AS BIGINT) AS number FROM stage)"""


def numbered(numbers: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """What the plan says of numbers (0 for none), as the columns that `Store.insert` asks for."""
    found = plan.classify(numbers)
    return {
        "plan_number": np.where(found.possible, numbers, 0),
        "plan_number_type": found.type,
        "plan_number_valid": found.valid,
        "plan_holder_gap": network.holder_gap(numbers),
        "plan_country": found.country,
        "plan_holder": network.networks(numbers),
    }


@contextmanager
def surroundings(path: Path) -> Iterator[None]:
    """What the engine says of disk, memory and permissions, as `Surroundings`."""
    try:
        yield
    except _OF_THE_MACHINE as error:
        refused = next((code for code in _OF_THE_DISK if os.strerror(code) in str(error)), None)
        if refused is None and isinstance(error, _ALSO_OURS):
            raise
        first = str(error).splitlines()[0] if refused is None else _OF_THE_DISK[refused]
        memory = isinstance(error, duckdb.OutOfMemoryException)
        raise Surroundings(
            f"the evidence store cannot go on: {first}",
            where=str(path),
            todo="free memory and disk space" if memory else _more_room(refused),
        ) from error
    except OSError as error:
        raise Surroundings(
            f"cannot be written: {(error.strerror or str(error)).lower()}",
            where=str(path),
            todo=_more_room(error.errno),
        ) from error


_ALSO_OURS = (duckdb.TransactionException, duckdb.FatalException)
"""A commit that cannot be written is one of these; so is a mistake of ours."""
_OF_THE_MACHINE = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.PermissionException, *_ALSO_OURS)
_OF_THE_DISK = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "a file may not become that large here",
}


def _more_room(code: int | None) -> str:
    if code == errno.EFBIG:
        return "raise the limit with 'ulimit -f unlimited', then run again"
    return "free disk space, or choose another folder with -o"

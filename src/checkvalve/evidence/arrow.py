"""Columns of numpy arrays as the Arrow C stream that the engine reads in place, texts among them.

Numbers the engine takes from numpy as they stand; a text would have to become a Python object first. The layout is
Arrow's C data interface (arrow.apache.org/docs/format/CDataInterface.html), which needs no Arrow library.
"""

import ctypes
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FORMATS = {"int64": b"l", "int32": b"i", "uint16": b"S", "uint8": b"C", "float64": b"g"}
_TEXT, _VIEWS = b"u", b"vu"
VIEW = 16


class _Schema(ctypes.Structure):
    pass


class _Array(ctypes.Structure):
    pass


class _Stream(ctypes.Structure):
    pass


_RELEASE_SCHEMA = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Schema))
_RELEASE_ARRAY = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Array))
_RELEASE_STREAM = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Stream))
_GET_SCHEMA = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Schema))
_GET_NEXT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Array))
_LAST_ERROR = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.POINTER(_Stream))

_Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_Schema))),
    ("dictionary", ctypes.POINTER(_Schema)),
    ("release", _RELEASE_SCHEMA),
    ("private_data", ctypes.c_void_p),
]
_Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", ctypes.POINTER(_Array)),
    ("release", _RELEASE_ARRAY),
    ("private_data", ctypes.c_void_p),
]
_Stream._fields_ = [
    ("get_schema", _GET_SCHEMA),
    ("get_next", _GET_NEXT),
    ("get_last_error", _LAST_ERROR),
    ("release", _RELEASE_STREAM),
    ("private_data", ctypes.c_void_p),
]
_capsule = ctypes.pythonapi.PyCapsule_New
_capsule.restype = ctypes.py_object
_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]


def _is_released(structure: Any) -> None:
    """Nothing is given free here: `Columns` holds all of it. The standard asks for this mark."""
    structure.contents.release = type(structure.contents.release)()


_schema_is_read, _array_is_read, _stream_is_read = (
    kind(_is_released) for kind in (_RELEASE_SCHEMA, _RELEASE_ARRAY, _RELEASE_STREAM)
)


@dataclass(frozen=True, slots=True)
class Views:
    """Texts of any length that stand somewhere in ``data``: Arrow's string views, bytes (C, `VIEW`)."""

    views: NDArray[np.uint8]
    data: Sequence[bytes]

    def __len__(self) -> int:
        return len(self.views)


class Columns:
    """Columns of one length, ready to be registered with the engine; they must not change while it reads.

    Args:
        columns: numbers (C,), texts of one length as bytes (C, length), and `Views`, by name. No value is missing.
    """

    def __init__(self, columns: Mapping[str, NDArray[Any] | Views]) -> None:
        self._held: list[object] = []
        names, values = list(columns), [_plain(one) for one in columns.values()]
        self._length = len(values[0])
        self._fields = [self._field(name, _format(one)) for name, one in zip(names, values, strict=True)]
        self._columns = [self._column(one) for one in values]

    def __arrow_c_schema__(self) -> object:
        schema = self._keep(_Schema())
        self._fill_schema(schema)
        return _capsule(ctypes.addressof(schema), b"arrow_schema", None)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """All rows as one batch; the engine may ask for a stream more than once."""
        given, own = (
            [False],
            weakref.proxy(self),
        )  # held by itself, it and its columns would stay until a collection

        def schema(_: object, out: Any) -> int:
            own._fill_schema(out.contents)
            return 0

        def batch(_: object, out: Any) -> int:
            array = out.contents
            if given[0]:
                array.release = _RELEASE_ARRAY()
                return 0
            given[0] = True
            array.length, array.n_buffers, array.n_children = own._length, 1, len(own._columns)
            array.null_count = array.offset = 0
            array.buffers = own._keep((ctypes.c_void_p * 1)(None))
            array.children = own._keep((ctypes.POINTER(_Array) * len(own._columns))(*own._pointers(own._columns)))
            array.dictionary, array.release = None, _array_is_read
            return 0

        stream = self._keep(_Stream())
        callbacks = self._keep((_GET_SCHEMA(schema), _GET_NEXT(batch), _LAST_ERROR(lambda _: None)))
        stream.get_schema, stream.get_next, stream.get_last_error = callbacks
        stream.release = _stream_is_read
        return _capsule(ctypes.addressof(stream), b"arrow_array_stream", None)

    def _keep(self, made: Any) -> Any:
        self._held.append(made)
        return made

    def _pointers(self, made: list[Any]) -> list[Any]:
        return [ctypes.pointer(self._keep(type(one).from_buffer_copy(one))) for one in made]

    def _field(self, name: str, kind: bytes) -> _Schema:
        return _Schema(format=kind, name=name.encode(), release=_schema_is_read)

    def _fill_schema(self, schema: Any) -> None:
        schema.format, schema.name, schema.n_children = b"+s", b"", len(self._fields)
        schema.metadata, schema.flags, schema.dictionary = None, 0, None
        schema.children = self._keep((ctypes.POINTER(_Schema) * len(self._fields))(*self._pointers(self._fields)))
        schema.release = _schema_is_read

    def _column(self, values: NDArray[Any] | Views) -> _Array:
        buffers: list[NDArray[Any]]
        if isinstance(values, Views):
            data = [np.frombuffer(one, np.uint8) for one in values.data]
            buffers = [values.views, *data, np.array([len(one) for one in data], np.int64)]
        elif values.ndim == 2:
            buffers = [np.arange(0, values.size + 1, values.shape[1], dtype=np.int32), values]
        else:
            buffers = [values]
        self._held += buffers
        places = self._keep((ctypes.c_void_p * (1 + len(buffers)))(None, *(one.ctypes.data for one in buffers)))
        return _Array(length=self._length, n_buffers=len(places), buffers=places, release=_array_is_read)


def _format(values: NDArray[Any] | Views) -> bytes:
    if isinstance(values, Views):
        return _VIEWS
    return _TEXT if values.ndim == 2 else _FORMATS[values.dtype.name]


def _plain(values: NDArray[Any] | Views) -> NDArray[Any] | Views:
    """Values behind each other, truths as numbers."""
    if isinstance(values, Views):
        return values
    return np.ascontiguousarray(values.view(np.uint8) if values.dtype == np.bool_ else values)

"""What goes between a server and the child that parses a table: JSON, and arrays in shared memory.

The child may have been taken over by what it read, so that its answer is checked like an upload:
its form here, and that the memory holds what it says and can no longer change.
"""

import mmap
import os
import socket
from math import prod
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from app.data.contents import Contents, Entry, Text, array_entry, text_entry
from app.data.limits import Limits

LARGEST_ANSWER = 64 * 2**20
_NUMBERS = frozenset(np.dtype(kind).str for kind in "efdbhilBHIL")
_ALIGNMENT = 64
_Size = Annotated[int, Field(ge=0, lt=2**40)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Request(_Message):
    """What to parse; the file itself comes as a descriptor.

    Attributes
    ----------
    format : str
        "csv" or "parquet".
    keys : dict of str to str or None
        See `app.data.read_upload`.
    limits : Limits
    seconds, memory : int
        Processor time and bytes that the child may take.
    """

    format: str
    keys: dict[str, str | None]
    limits: Limits
    seconds: int
    memory: int


class Form(_Message):
    """Where an array lies in the shared memory."""

    dtype: str
    shape: list[_Size]
    offset: _Size


class Answer(_Message):
    """What a table holds, or why it cannot be used.

    Attributes
    ----------
    arrays : dict of Form
        Numbers, and the codes of texts.
    texts : dict of list of str
        What codes stand for.
    names : dict of list of str
        Arrays of text.
    metadata, notes
        See `Contents`.
    refusal : str or None
        A sentence.
    role, candidates
        Of `AmbiguousKeys`, if the refusal is that.
    """

    arrays: dict[str, Form] = {}
    texts: dict[str, list[str]] = {}
    names: dict[str, list[str]] = {}
    metadata: dict[str, str] = {}
    notes: list[str] = []
    refusal: str | None = None
    role: str = ""
    candidates: list[str] = []


def send(connection: socket.socket, message: BaseModel, descriptors: list[int]) -> None:
    """Send a message after its length, with the descriptors."""
    body = message.model_dump_json().encode()
    socket.send_fds(connection, [len(body).to_bytes(8, "little")], descriptors)
    connection.sendall(body)


def receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    """Return the JSON of a message and at most one descriptor.

    Raises
    ------
    EOFError
        If the other side is gone.
    ValueError
        If it announces more than `LARGEST_ANSWER`.
    """
    head, descriptors, _, _ = socket.recv_fds(connection, 8, 1)
    try:
        length = int.from_bytes(head, "little")
        if len(head) < 8:
            raise EOFError
        if length > LARGEST_ANSWER:
            raise ValueError("too long an answer")
        return _exactly(connection, length), descriptors
    except BaseException:
        close(descriptors)
        raise


def _exactly(connection: socket.socket, length: int) -> bytes:
    body = bytearray()
    while len(body) < length:
        part = connection.recv(min(length - len(body), 2**20))
        if not part:
            raise EOFError
        body += part
    return bytes(body)


def close(descriptors: list[int]) -> None:
    """Close descriptors."""
    for descriptor in descriptors:
        os.close(descriptor)


class Shared:
    """Memory that the child fills and then seals; its descriptor is what it hands back."""

    def __init__(self) -> None:
        self.descriptor = os.memfd_create("table", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        self._size = 0
        self._map: mmap.mmap | None = None
        self._scores: NDArray[Any] | None = None

    def empty(self, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        """Return an array that lies at the start of this memory; asked for once."""
        dtype = np.dtype(dtype)
        self._size = prod(shape) * dtype.itemsize
        if not self._size:
            return np.empty(shape, dtype)
        os.ftruncate(self.descriptor, self._size)
        self._map = mmap.mmap(self.descriptor, self._size)
        self._scores = np.frombuffer(self._map, dtype).reshape(shape)
        return self._scores

    def place(self, array: NDArray[Any]) -> Form:
        """Return where an array lies; one that is not there yet is appended."""
        if self._scores is not None and np.may_share_memory(array, self._scores):
            return Form(dtype=array.dtype.str, shape=list(array.shape), offset=0)
        plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        offset = -(-self._size // _ALIGNMENT) * _ALIGNMENT
        left, at = plain.reshape(-1).view(np.uint8).data, offset
        while left:
            written = os.pwrite(self.descriptor, left, at)
            left, at = left[written:], at + written
        self._size = at
        return Form(dtype=plain.dtype.str, shape=list(array.shape), offset=offset)

    def seal(self) -> int:
        """Make the content final and return the descriptor; no array may be left in use."""
        import fcntl

        self._scores = None
        if self._map is not None:
            self._map.close()
        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
        fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, seals)
        return self.descriptor


def pack(contents: Contents, shared: Shared) -> Answer:
    """Put the arrays of a table into shared memory and describe them."""
    answer = Answer(metadata=contents.metadata, notes=list(contents.notes))
    for key, entry in contents.entries.items():
        values = entry.load()
        if isinstance(values, Text):
            answer.arrays[key] = shared.place(values.codes)
            answer.texts[key] = list(values.names)
        elif values.dtype.kind == "U":
            answer.names[key] = values.tolist()
        else:
            answer.arrays[key] = shared.place(values)
    return answer


def unpack(answer: Answer, descriptors: list[int]) -> Contents:
    """Return a table from an answer and the memory that came with it.

    Raises
    ------
    ValueError
        If the memory may still change or does not hold what the answer says.
    """
    memory = _sealed(descriptors[0]) if descriptors else b""
    entries: dict[str, Entry] = {}
    for key, form in answer.arrays.items():
        array = _array(memory, form)
        if key in answer.texts:
            entries[key] = text_entry(_text(array, answer.texts[key]))
        else:
            entries[key] = array_entry(array)
    for key, names in answer.names.items():
        entries[key] = array_entry(np.array(names, dtype=str))
    return Contents(entries, answer.metadata, tuple(answer.notes), table=True)


def _sealed(descriptor: int) -> Any:
    """Map memory that nobody can write to or cut; pages that are written here are copies."""
    import fcntl

    seals = fcntl.fcntl(descriptor, fcntl.F_GET_SEALS)
    if (seals & (wanted := fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK)) != wanted:
        raise ValueError("memory that is not sealed")
    size = os.fstat(descriptor).st_size
    if not size:
        return b""
    return mmap.mmap(descriptor, size, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)


def _array(memory: Any, form: Form) -> NDArray[Any]:
    if form.dtype not in _NUMBERS or len(form.shape) > 2 or form.offset % _ALIGNMENT:
        raise ValueError("no plain array")
    dtype, count = np.dtype(form.dtype), prod(form.shape)
    if not count:
        return np.empty(form.shape, dtype)
    if form.offset + count * dtype.itemsize > len(memory):
        raise ValueError("an array outside of the memory")
    return np.frombuffer(memory, dtype, count, form.offset).reshape(form.shape)


def _text(codes: NDArray[Any], names: list[str]) -> Text:
    if codes.ndim != 1 or codes.dtype != np.int64:
        raise ValueError("codes")
    if codes.size and not 0 <= codes.min() <= codes.max() < len(names):
        raise ValueError("codes of no text")
    return Text(codes, tuple(names))

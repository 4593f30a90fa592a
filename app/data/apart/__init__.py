"""Tables are parsed in a process of their own, which has little to lose and little to take.

CSV and Parquet are read by pyarrow: a large parser in C++ that allocates what a file tells it to
and that some damage makes abort. So a server hands such a file to a child process with limits on
memory, processor time and what it may write, takes back nothing but plain arrays and text, and
outlives whatever happens to the child. Nothing is unpickled on the way.

The other formats gain nothing from that, and stay where they are: what describes their arrays is
judged here, in Python, by code that allocates nothing before the declared size was held against
the bytes that are there (.npy, .npz, .safetensors) or every instruction of the pickle against a
list of a dozen (.pt, whose library takes seconds to import), and what is left to do is a copy.

Children are forked from a helper that has imported pyarrow and does nothing else, because an
import costs 0.4 s of processor time a file and a fork with all that comes with it 10 to 20 ms;
the server itself has
threads and must not fork. This needs Linux (memfd, pidfd). Elsewhere, and for the command line,
where the file is the user's own, tables are parsed in the process itself behind the same checks.
"""

from app.data.apart.parent import available, prepare, read_apart

__all__ = ["available", "prepare", "read_apart"]

"""Chunks of rows run by the workers of a Dask cluster, with the bits they have on threads of this machine.

What travels: the tables of a job once to every worker, as bytes named by their own hash; then a name and two row numbers a chunk,
and its volumes back. A worker unpacks the tables once. They are pickled within the cluster's own transport only, and never read
from a file. A chunk is a pure function of the tables and its rows: one that is run again, because its worker was lost, gives the
same bits, and the first result that arrives is the one that counts.
"""

from __future__ import annotations

import pickle
import platform
import socket
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from threading import Lock
from typing import Any

from refugia.course.ensemble import Executor, Job, Part, run_rows
from refugia.terms import InputError, RefugiaError

LIBRARIES = ("numba", "llvmlite", "numpy", "scipy")
ATTEMPTS = 5
"""How often a chunk is asked for anew when its worker, or the tables it needs, were lost."""
_PATIENCE = 30  # seconds to wait for a scheduler and its first worker
_UNPACKED: dict[str, Job] = {}
_UNPACKING = Lock()


@contextmanager
def on_cluster(address: str) -> Iterator[Executor]:
    """An executor on the Dask cluster whose scheduler has this address, such as "tcp://10.0.0.1:8786".

    Raises RefugiaError where Dask is not installed, where nobody answers, or where a worker could give other bits: other versions
    of the libraries, another text of this package, another kind of processor.
    """
    try:
        from distributed import Client
    except ImportError:
        raise RefugiaError('A cluster needs Dask. Install it here and on its workers: pip install "refugia[cluster]".') from None
    try:
        _reach(address)
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as trouble:
        raise InputError("", "--cluster", address, "gives no answer", "Name the address that dask scheduler prints.") from trouble
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as trouble:
            raise InputError("", "--cluster", address, "has no workers", "Start some: dask worker ADDRESS.") from trouble
        _agree(client)
        yield _Cluster(client)


def _reach(address: str) -> None:
    """Knock at an address once: a client that finds nobody is slow to give up, and loud. Raises OSError or ValueError."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()


def fingerprint() -> dict[str, str]:
    """All that a chunk's bits depend on besides its tables: the versions of libraries, this package's own text, the processor."""
    import llvmlite.binding

    package = files("refugia")
    text = b"".join(file.read_bytes() for file in sorted(_sources(package), key=str))
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
        "refugia": sha256(text).hexdigest()[:12],
        "processor": f"{platform.machine()} {llvmlite.binding.get_host_cpu_name()}",
    }


def _sources(folder: Any) -> Iterator[Any]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _sources(entry)
        elif entry.name.endswith(".py"):
            yield entry


def _agree(client: Any) -> None:
    """Raises RefugiaError where a worker could give other bits than this machine."""
    here = fingerprint()
    for worker, there in client.run(fingerprint).items():
        for name, mine in here.items():
            if there.get(name) != mine:
                other = f"The worker {worker} has {name} {there.get(name)}, this machine {mine}: the bits could differ."
                raise RefugiaError(f"{other} Run the same on both, or leave that worker out.")


class _Cluster:
    """Runs the chunks of jobs on a client's workers."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def __call__(self, job: Job, parts: Sequence[slice]) -> Iterator[tuple[slice, Part]]:
        packed = pickle.dumps(job, protocol=5)
        name = sha256(packed).hexdigest()
        waiting = {(rows.start, rows.stop): rows for rows in parts}
        for _ in range(ATTEMPTS):
            for where, part in self._round(name, packed, list(waiting)):
                yield waiting.pop(where), part
            if not waiting:
                return
        raise RefugiaError(f"The cluster lost its workers {ATTEMPTS} times. Nothing was written. Look into what the workers say.")

    def _round(self, name: str, packed: bytes, chunks: list[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], Part]]:
        """Ask for the chunks once; those whose worker or tables were lost for good do not come back."""
        from distributed import CancelledError, KilledWorker, as_completed

        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            table = self.client.submit(_held, packed, pure=False)
        asked = {self.client.submit(_run, name, table, *rows, pure=False): rows for rows in chunks}
        arriving = as_completed(list(asked), loop=self.client.loop)
        for future in arriving:
            try:
                part = future.result()
            except (CancelledError, KilledWorker):
                continue
            finally:
                rows = asked.pop(future)
                future.release()
            yield rows, part


def _held(packed: bytes) -> bytes:
    """The tables themselves, as the result of a task: where the workers that hold them are lost, the scheduler has them made again.

    What is scattered is not, and to scatter while a worker dies can hang.
    """
    return packed


def _run(name: str, packed: bytes, low: int, high: int) -> Part:
    """Run a chunk of the job of that name; the worker unpacks it once."""
    return run_rows(_unpacked(name, packed), slice(low, high))


def _unpacked(name: str, packed: bytes) -> Job:
    """The job of that name; a worker keeps the last one that it met."""
    with _UNPACKING:
        if name not in _UNPACKED:
            _UNPACKED.clear()
            _UNPACKED[name] = pickle.loads(packed)
        return _UNPACKED[name]

"""A small pool of threads for serial kernels that hold no lock, and sums whose bits do not depend on it.

A kernel that runs on tiles is called as kernel(first, last, *arguments) and writes nothing that another tile writes or reads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from itertools import count
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

CHUNK = 8192
"""Elements of one partial sum: fixed, so that a sum has the same bits on any number of threads."""
TURNS = 4
"""Tiles a thread gets by default: a thread that is held up leaves its share to the others."""


def default_threads() -> int:
    """As many threads as this process may use processors."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=8)
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    """The threads beside the caller's own; a forked process makes its own, since threads do not survive a fork."""
    return ThreadPoolExecutor(threads, thread_name_prefix=f"tiles-{process}")


def over(kernel: Callable[..., None], size: int, *arguments: Any, threads: int = 0, tile: int = 0) -> None:
    """Call kernel(first, last, *arguments) for tiles [first, last) that cover [0, size), on `threads` threads.

    0 threads are as many as this process may use processors; a `tile` of 0 gives each thread a few. The calling thread works
    too, and returns when all tiles are done. What a kernel raises is raised here, after the other threads have stopped.

    >>> out = np.zeros(5)
    >>> def kernel(first, last, out):
    ...     out[first:last] = np.arange(first, last)
    >>> over(kernel, 5, out, threads=2, tile=2)
    >>> out.tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0]
    """
    threads = threads or default_threads()
    tile = tile or max(1, -(-size // (threads * TURNS)))
    threads = min(threads, -(-size // tile))
    if threads <= 1:
        for first in range(0, size, tile):
            kernel(first, min(first + tile, size), *arguments)
        return
    turns = count(0, tile)  # the next of a count is taken by one thread only
    failed: list[int] = []

    def work() -> None:
        while not failed and (first := next(turns)) < size:
            try:
                kernel(first, min(first + tile, size), *arguments)
            except BaseException:
                failed.append(first)
                raise

    pool = _pool(threads - 1, os.getpid())
    waiting = [pool.submit(work) for _ in range(threads - 1)]
    try:
        work()
    finally:
        _wait(waiting)


def _wait(waiting: list[Future[None]]) -> None:
    """Wait for what runs; what has not begun by now has nothing left to do, and is not waited for."""
    for one in waiting:
        if not one.cancel():
            one.result()


def total(values: NDArray[Any], threads: int = 0) -> float:
    """The sum of all values, in float64: partial sums of fixed chunks, added in order.

    >>> total(np.full((2, 3), 0.5, np.float32))
    3.0
    """
    return _added(_totals, np.ravel(values), threads=threads)


def dot(left: NDArray[Any], right: NDArray[Any], threads: int = 0) -> float:
    """The sum of products of two arrays of one shape, in float64, likewise.

    >>> dot(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    11.0
    """
    return _added(_dots, np.ravel(left), np.ravel(right), threads=threads)


def _added(kernel: Callable[..., None], *arrays: NDArray[Any], threads: int) -> float:
    """The partial sums of a kernel, added in order."""
    chunks = -(-arrays[0].size // CHUNK)
    partial = np.zeros(chunks)
    over(kernel, chunks, partial, *arrays, threads=threads)
    added = 0.0
    for one in partial.tolist():
        added += one
    return added


@njit(cache=True, nogil=True, error_model="numpy")
def _totals(first, last, partial, values):  # type: ignore[no-untyped-def]
    """Fill partial[first:last] (chunks,) with the sums of the chunks of values (n,), each in four lanes."""
    for chunk in range(first, last):
        part = values[chunk * CHUNK : (chunk + 1) * CHUNK]
        a = b = c = d = 0.0
        quarter = part.size // 4
        for i in range(quarter):
            a += part[i]
            b += part[quarter + i]
            c += part[2 * quarter + i]
            d += part[3 * quarter + i]
        for i in range(4 * quarter, part.size):
            a += part[i]
        partial[chunk] = (a + b) + (c + d)


@njit(cache=True, nogil=True, error_model="numpy")
def _dots(first, last, partial, left, right):  # type: ignore[no-untyped-def]
    """Fill partial[first:last] (chunks,) with the sums of products of the chunks of left and right (n,), each in four lanes."""
    for chunk in range(first, last):
        one, other = left[chunk * CHUNK : (chunk + 1) * CHUNK], right[chunk * CHUNK : (chunk + 1) * CHUNK]
        a = b = c = d = 0.0
        quarter = one.size // 4
        for i in range(quarter):
            a += np.float64(one[i]) * other[i]
            b += np.float64(one[quarter + i]) * other[quarter + i]
            c += np.float64(one[2 * quarter + i]) * other[2 * quarter + i]
            d += np.float64(one[3 * quarter + i]) * other[3 * quarter + i]
        for i in range(4 * quarter, one.size):
            a += np.float64(one[i]) * other[i]
        partial[chunk] = (a + b) + (c + d)

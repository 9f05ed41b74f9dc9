"""A pretend GPU: NumPy arrays that refuse to be mixed with the host's, as CuPy's do."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy.linalg import solve_triangular

from lmpmeso.backend import ArrayBackend, CudaBackend

LAUNCHES = {"count": 0}
"""Operations on the device so far: CuPy needs at least one launch for each."""


def _count() -> None:
    LAUNCHES["count"] += 1


class DeviceArray(np.ndarray):
    """An array that only works together with others of its kind, and with scalars."""

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        _count()
        _refuse_host_arrays(inputs)
        if out is not None:
            _refuse_host_arrays(out)
            kwargs["out"] = tuple(np.asarray(o.view(np.ndarray)) for o in out)
        result = getattr(ufunc, method)(*(_plain(x) for x in inputs), **kwargs)
        return out[0] if out is not None else _device(result)

    def __array_function__(self, function, types, args, kwargs):
        _count()
        _refuse_host_arrays(_flat([*args, *kwargs.values()]))
        result = function(*_plain_all(args), **{k: _plain(v) for k, v in kwargs.items()})
        return _device(result)

    def __setitem__(self, key, value):
        _count()
        _refuse_host_arrays(_flat([key, value]))
        super().__setitem__(key, value)

    def __getitem__(self, key):
        if _gathers(key):
            _count()
        _refuse_host_arrays(_flat([key]))
        return super().__getitem__(key)

    def __array__(self, *args, **kwargs):
        raise TypeError("implicit conversion of a device array to the host")


def _gathers(key):
    """Whether an index copies, which only arrays among it do."""
    return any(isinstance(part, np.ndarray) for part in _flat([key]))


def _flat(items):
    for item in items:
        if isinstance(item, (tuple, list)):
            yield from _flat(item)
        else:
            yield item


def _refuse_host_arrays(items):
    for item in items:
        if isinstance(item, np.ndarray) and item.ndim and not isinstance(item, DeviceArray):
            raise TypeError("a host array met a device array")


def _plain(x):
    if isinstance(x, DeviceArray):
        return x.view(np.ndarray)
    return type(x)(_plain(y) for y in x) if isinstance(x, (list, tuple)) else x


def _plain_all(xs):
    return tuple(_plain(x) for x in xs)


def _device(x):
    return x.view(DeviceArray) if isinstance(x, np.ndarray) else x


def _made(function):
    """A NumPy function whose result lives on the device, and whose arguments must."""

    def on_device(*args, **kwargs):
        _count()
        _refuse_host_arrays(_flat([*args, *kwargs.values()]))
        plain_kwargs = {k: _plain(v) for k, v in kwargs.items()}
        return _device(function(*_plain_all(args), **plain_kwargs))

    return on_device


def _upload(a):
    _count()
    return np.array(a).view(DeviceArray)


class ElementwiseKernel:
    """CuPy's kernel over elements, for operations that are Python but for ``/`` and ``&x[0]``."""

    def __init__(self, inputs: str, outputs: str, operation: str, name: str) -> None:
        self._parameters = [p.split() for p in f"{inputs}, {outputs}".split(", ")]
        python = operation.replace("/", "//")
        for *_, parameter in self._parameters:
            python = python.replace(f"(&{parameter}[0])", parameter)
        self._code = compile(re.sub(r"\bvalue\b(?= =)", "value[:]", python), name, "exec")

    def __call__(self, *arguments: Any) -> None:
        _count()
        _refuse_host_arrays(arguments)
        values = dict(zip((p[-1] for p in self._parameters), map(_plain, arguments), strict=True))
        shape = values["value"].shape
        values["i"] = np.arange(values["value"].size)
        for kind, *_, name in self._parameters:
            if kind == "raw":
                values[name] = _memory(values[name])
        given, values["value"] = values["value"], values["value"].ravel()
        exec(self._code, {}, values)  # the operation under test, from our own sources
        given[...] = values["value"].reshape(shape)


def _memory(array):
    """An array as the numbers in memory from its first element on."""
    reach = 1 + sum((n - 1) * s // 8 for n, s in zip(array.shape, array.strides, strict=True))
    return np.lib.stride_tricks.as_strided(array, (max(reach, 0),), (8,))


NAMES = "zeros empty eye arange asfortranarray matmul stack diagonal negative"


class StrictBackend(ArrayBackend):
    """The backend that CuPy runs, on the pretend GPU."""

    def __init__(self) -> None:
        xp = SimpleNamespace(**{name: _made(getattr(np, name)) for name in NAMES.split()})
        xp.asarray = _upload
        xp.linalg = SimpleNamespace(cholesky=_made(np.linalg.cholesky))
        super().__init__(xp, _made(solve_triangular), "cpu", "a pretend GPU")

    def to_host(self, array: Any) -> Any:
        assert isinstance(array, DeviceArray)
        return np.array(array.view(np.ndarray))


class StrictCudaBackend(StrictBackend):
    """The same with the kernels of the backend that runs on a GPU, on a pretend CuPy."""

    add_block = CudaBackend.add_block
    take_block = CudaBackend.take_block
    probe = CudaBackend.probe

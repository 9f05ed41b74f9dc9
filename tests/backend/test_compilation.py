"""Compiled loops."""

from lmpmeso.backend import compilation as compilation


def test_without_a_place_for_machine_code_kernels_still_compile(monkeypatch):
    wanted = []

    def njit(cache=False, **options):
        wanted.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(compilation.numba, "njit", njit)
    assert compilation.compiled(set())(abs) is abs
    assert wanted == [True, False]

"""How the kernels are compiled."""

KERNEL = {"error_model": "numpy", "nogil": True, "cache": True}
# Parts are called by kernels only: an entry for Python and a cache of their own would cost compile
# time for nothing.
PART = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
# Sums and products may be re-ordered, and there are no NaN: what SIMD needs. Infinities stay.
SWEEP = PART | {"fastmath": {"contract", "nsz", "reassoc", "nnan", "arcp"}}

"""Changing the world: operations that are planned, said yes to, run, watched and written down.

Every module here is imported with it, so that an operation is found by being written.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

"""Byhand."""

__version__ = "0.1.0"  # the one place: the package, `byhand version` and what networks are told read it here

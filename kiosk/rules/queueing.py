"""Numbers in the queue."""

from __future__ import annotations


def label(series: str, n: int) -> str:
    """`A 007`: a letter and three digits, four from 1000 on."""
    return f"{series} {n:03d}"

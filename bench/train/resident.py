"""How much main memory a process has: what `/proc` of Linux says of it, for both sides of `memory.py`."""

import pathlib


def resident(which, process="self"):
    """Bytes that a process has (`VmRSS`) or had at most (`VmHWM`)."""
    words = pathlib.Path(f"/proc/{process}/status").read_text().split()
    return int(words[words.index(f"{which}:") + 1]) * 1024


def forget_peak(process="self"):
    """From now on `VmHWM` is what the process had at most since now."""
    pathlib.Path(f"/proc/{process}/clear_refs").write_text("5")

"""Programs that end with the process that started them."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def bound_to_this_process(
    goodbye: signal.Signals, *, uid: int | None = None, gid: int | None = None
) -> Callable[[], None]:
    """What a child runs before its program (``preexec_fn``): the kernel sends it ``goodbye`` when this process dies.

    It gets a session of its own, so that Ctrl-C in a terminal reaches the parent only. Changing the user clears the
    bond, so the bond comes last. The calling thread must live as long as the child may.
    """
    parent = os.getpid()
    libc = ctypes.CDLL(None)

    def become_child() -> None:
        os.setsid()
        if uid is not None and gid is not None and os.geteuid() == 0:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        libc.prctl(PR_SET_PDEATHSIG, int(goodbye))
        if os.getppid() != parent:
            os._exit(1)

    return become_child

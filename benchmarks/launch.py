"""Run a command and say, as JSON, its exit code, its seconds and its peak memory in bytes.

It is a program of its own because on Linux a new process begins with the peak of the one that
started it: between a benchmark with models in memory and the command stands this small one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time


def main() -> None:
    """Run what the arguments name."""
    start = time.perf_counter()
    with subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as run:
        _, status, usage = os.wait4(run.pid, 0)
        seconds = time.perf_counter() - start
        run.returncode = os.waitstatus_to_exitcode(status)
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"code": run.returncode, "seconds": seconds, "peak": peak}))


if __name__ == "__main__":
    main()

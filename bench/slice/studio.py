"""Starts a command that ends in a running studio, waits until its address answers with pages, and ends it again."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request


@contextlib.contextmanager
def running(command, cwd, limit_s):
    """Yields (address with its token, seconds until it answered)."""
    with tempfile.TemporaryDirectory() as home:
        begun = time.monotonic()
        environment = {**os.environ, "SANJIE_HOME": home}
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        address = []
        printed = threading.Event()

        def read():
            for line in process.stdout:
                print(line, end="", file=sys.stderr)
                found = re.search(r"http://127\.0\.0\.1:\d+\S*", line)
                if found and not address:
                    address.append(found.group())
                    printed.set()
            printed.set()

        threading.Thread(target=read, daemon=True).start()
        try:
            printed.wait(limit_s)
            if not address:
                sys.exit("the studio printed no address")
            while True:
                with contextlib.suppress(OSError):
                    with urllib.request.urlopen(address[0], timeout=10) as answer:
                        # A studio without pages answers, too: with a sentence, and no script.
                        if answer.status == 200 and b"/assets/" in answer.read():
                            break
                if time.monotonic() - begun > limit_s:
                    sys.exit("the studio does not answer")
                time.sleep(0.05)
            yield address[0], time.monotonic() - begun
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

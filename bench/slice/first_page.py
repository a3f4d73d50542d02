"""slice.studio.first_page_seconds: from navigation to the page's own content, in Chromium, on a warm studio."""

import json
import os
import pathlib
import subprocess
import sys

from studio import running

root = pathlib.Path(__file__).resolve().parents[2]
sys.stdout.reconfigure(line_buffering=True)
subprocess.run(["cargo", "xtask", "build"], cwd=root, check=True, stdout=sys.stderr)
program = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "release/sanjie"
with running([program, "start", "--no-open", "--port", "7880"], root, limit_s=30) as (address, _):
    script = pathlib.Path(__file__).with_name("first_page.mjs")
    done = subprocess.run(["node", script, address], cwd=root, check=True, stdout=subprocess.PIPE, text=True)
seconds = sorted(json.loads(done.stdout))
print(
    json.dumps(
        {
            "id": "slice.studio.first_page_seconds",
            "value": round(seconds[len(seconds) // 2], 3),
            "spread": [round(seconds[0], 3), round(seconds[-1], 3)],
            "cases": len(seconds),
        }
    )
)

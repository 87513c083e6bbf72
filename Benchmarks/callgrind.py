#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the instruction counts of the hottest works with those kept in instructions.json.

    python3 Benchmarks/callgrind.py                     fails where one grew by more than 10 %
    python3 Benchmarks/callgrind.py --update            keeps today's counts; none may have risen
    python3 Benchmarks/callgrind.py --update --reason "periodic timers learnt to skip"
                                                        the same, with the reason beside each that rose

valgrind's callgrind counts instructions, not time, so the figures are the same whatever else the machine does. Each
work runs with N and with 2 N; the difference, divided by N, is what one operation costs, without the start of the
program. Works that read the clock run on a virtual one: on the real one, what they do depends on the time that passes.
The counts belong to one architecture and compiler; elsewhere nothing is compared.

Exit codes: 0 none grew (or nothing to compare here), 1 one grew or a program failed, 2 wrong usage or no valgrind.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
KEPT = HERE / "instructions.json"
LIMIT = 1.10  # how much a count may grow
NOISE = 1.01  # below this a count hasn't risen

# name: (N, the further arguments)
WORKS = {
    "tick_chain": (20_000, ["clock=virtual"]),
    "tick_batch": (20_000, []),
    "spawn_pingpong": (20_000, ["clock=virtual"]),
    "timer_add_cancel": (8192, ["clock=virtual"]),
    "timer_add_cancel_live": (20_000, ["5000", "clock=virtual"]),
    "timer_reset": (20_000, ["5000", "clock=virtual"]),
    # A timer that fires a hundred times.
    "periodic": (100, ["0.1", "clock=virtual"]),
    "timer_fire": (8192, ["clock=virtual"]),
    "deferred": (20_000, []),
    "deferred_escaping": (20_000, []),
    "deferred_chain": (20_000, []),
}


def fail(text, code):
    print(f"callgrind.py: {text}", file=sys.stderr)
    sys.exit(code)


def compiler():
    answer = subprocess.run(["swift", "--version"], capture_output=True, text=True)
    found = re.search(r"Swift version (\S+)", answer.stdout)
    return found.group(1) if found else "unknown"


def build(scratch):
    command = ["swift", "build", "-c", "release", "--package-path", str(HERE), "--product", "bench"]
    if scratch:
        command += ["--scratch-path", str(scratch)]
    built = subprocess.run(command, capture_output=True, text=True)
    if built.returncode != 0:
        fail(f"bench doesn't build:\n{built.stdout[-2000:]}{built.stderr[-2000:]}", 1)
    place = subprocess.run([*command, "--show-bin-path"], capture_output=True, text=True)
    return Path(place.stdout.strip().splitlines()[-1]) / "bench"


def instructions(program, work, n, further):
    """How many instructions the whole process takes."""
    # Swift's hash tables draw a seed for each process otherwise. Nothing else of the environment reaches the program.
    environment = {"PATH": os.environ.get("PATH", ""), "SWIFT_DETERMINISTIC_HASHING": "1"}
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(program), work, str(n), *further]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        fail(f"{work} {n} failed with status {done.returncode}:\n{done.stderr[-2000:]}", 1)
    return int(found.group(1))


def count(program, work):
    n, further = WORKS[work]
    return round((instructions(program, work, 2 * n, further) - instructions(program, work, n, further)) / n, 1)


def main():
    parser = argparse.ArgumentParser(description="Compares instruction counts with those kept.")
    parser.add_argument("--update", action="store_true", help="keep today's counts")
    parser.add_argument("--reason", help="with --update: why counts rose")
    parser.add_argument("--works", help="only these, with commas between them")
    parser.add_argument("--program", type=Path, help="a bench that is built already")
    parser.add_argument("--scratch-path", type=Path, help="where to build")
    arguments = parser.parse_args()
    if arguments.reason and not arguments.update:
        parser.error("--reason goes with --update")
    works = arguments.works.split(",") if arguments.works else list(WORKS)
    for work in works:
        if work not in WORKS:
            parser.error(f"unknown work {work}; there are: {', '.join(WORKS)}")
    if not shutil.which("valgrind"):
        fail("valgrind isn't installed", 2)
    here = {"architecture": platform.machine(), "system": platform.system(), "swift": compiler()}
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {"works": {}}
    if kept["works"] and kept["machine"] != here and not arguments.update:
        print(f"nothing compared: the counts are for {kept['machine']}, this is {here}")
        return 0
    program = arguments.program or build(arguments.scratch_path)
    grew, rose = [], []
    for work in works:
        now = count(program, work)
        entry = kept["works"].get(work)
        before = entry["instructions"] if entry else None
        change = f"{(now / before - 1) * 100:+6.1f} %" if before else "    new"
        verdict = ""
        if before and now > before * LIMIT:
            grew.append(work)
            verdict = "  grew by more than 10 %"
        print(f"{work:24}{now:10.1f} an operation{change:>12}{verdict}", flush=True)
        if arguments.update:
            fresh = {"instructions": now}
            if before and now > before * NOISE:
                rose.append(work)
                fresh["reason"] = arguments.reason
            elif entry and "reason" in entry and now >= before / NOISE:
                fresh["reason"] = entry["reason"]
            kept["works"][work] = fresh
    if not arguments.update:
        missing = [work for work in works if work not in kept["works"]]
        if missing:
            fail(f"no count is kept of {', '.join(missing)}: keep them by --update", 1)
        if grew:
            fail(f"{', '.join(grew)} grew by more than 10 %: make it cheaper, or keep the new count by "
                 "--update --reason \"why\"", 1)
        return 0
    if rose and not arguments.reason:
        fail(f"{', '.join(rose)} rose: say why with --reason; nothing was kept", 2)
    kept["machine"] = here
    kept["works"] = {work: kept["works"][work] for work in WORKS if work in kept["works"]}
    KEPT.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {KEPT.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

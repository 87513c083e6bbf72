#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures this package beside the other event loops and prints a table of ratios.

    python3 Benchmarks/compare.py --quick      small N, one run each: about a minute once all is built
    python3 Benchmarks/compare.py              the real thing: medians of 5 runs, about half an hour
    python3 Benchmarks/compare.py --publish    the same, and writes README.md's table, results.json, results.svg

It builds what is there and skips with a message what isn't installed. The programs are interleaved run by run, so
that what else the machine does hits all of them alike. Needs Python 3.9 and nothing besides it.

Exit codes: 0 all went well (skipped peers included), 1 a program failed or ours can't be built, 2 wrong usage.
"""

import argparse
import datetime
import html
import json
import math
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS_FOLDER = HERE / "Peers"
BUILD_FOLDER = HERE / ".build-peers"
OURS = "reactor"


# MARK: What is measured


@dataclass(frozen=True)
class Metric:
    """One figure of a row: `field` of the program's JSON."""

    field: str
    unit: str
    digits: int = 0
    scale: float = 1.0
    has_ratio: bool = True  # False: more is better, or it is no cost; shown without a ratio


NS = Metric("ns_per_op", "ns")
US = Metric("ns_per_op", "µs", 2, 1e-3)
CPU = Metric("cpu_seconds", "CPU s", 3)
P99 = Metric("late_p99_ms", "p99 late ms", 2)
FIRED = Metric("fired_ratio", "share fired", 3, has_ratio=False)
BYTES = Metric("rss_bytes_per_op", "bytes")


@dataclass(frozen=True)
class Row:
    name: str
    work: str
    n: int
    quick_n: int
    k: float = None
    quick_k: float = None
    options: tuple = ()
    metrics: tuple = (NS,)
    one_core: bool = False
    only_ours: bool = False


ROWS = [
    Row("tick_chain", "tick_chain", 1_000_000, 50_000),
    Row("tick_batch", "tick_batch", 1_000_000, 50_000),
    Row("spawn_pingpong", "spawn_pingpong", 1_000_000, 50_000),
    Row("timer_add_cancel", "timer_add_cancel", 100_000, 10_000),
    Row("timer_add_cancel, 500k", "timer_add_cancel", 500_000, 20_000),
    Row("timer_add_cancel_live", "timer_add_cancel_live", 1_000_000, 50_000, 100_000, 10_000),
    Row("timer_add_cancel_live, by instant", "timer_add_cancel_live", 1_000_000, 50_000, 100_000, 10_000,
        options=("by=instant",), only_ours=True),
    Row("timer_reset", "timer_reset", 1_000_000, 50_000, 100_000, 10_000, only_ours=True),
    Row("timer_reset, by instant", "timer_reset", 1_000_000, 50_000, 100_000, 10_000,
        options=("by=instant",), only_ours=True),
    Row("timer_fire", "timer_fire", 100_000, 10_000, metrics=(CPU, P99)),
    Row("periodic", "periodic", 1000, 100, 2, 0.3, metrics=(FIRED, CPU)),
    Row("deferred", "deferred", 1_000_000, 50_000),
    Row("deferred_escaping", "deferred_escaping", 1_000_000, 50_000, only_ours=True),
    Row("deferred_chain", "deferred_chain", 1_000_000, 50_000),
    Row("deferred_flatmap", "deferred_flatmap", 1_000_000, 50_000, only_ours=True),
    Row("defer_roundtrip", "defer_roundtrip", 50_000, 1000, metrics=(US,)),
    Row("defer_roundtrip, one core", "defer_roundtrip", 50_000, 1000, metrics=(US,), one_core=True),
    Row("defer_throughput", "defer_throughput", 200_000, 5000),
    Row("wakeup", "wakeup", 50_000, 1000, metrics=(US,)),
    Row("wakeup, one core", "wakeup", 50_000, 1000, metrics=(US,), one_core=True),
    Row("wakeup_flood", "wakeup_flood", 1_000_000, 20_000),
    Row("chunk", "chunk", 1_000_000, 50_000, only_ours=True, metrics=(Metric("ns_per_op", "ns", 1),)),
    Row("mem_timer", "mem_timer", 100_000, 20_000, metrics=(BYTES,)),
    Row("mem_deferred", "mem_deferred", 100_000, 20_000, metrics=(BYTES,)),
    Row("floor_closure", "floor_closure", 1_000_000, 50_000, only_ours=True),
    Row("observer_on", "observer_on", 1_000_000, 50_000, only_ours=True),
]

# Where a peer's N is smaller than the row's, since its figure is far larger; None leaves the cell out.
OWN_N = {
    ("nio", "timer_add_cancel, 500k"): None,  # quadratic
    ("nio", "timer_add_cancel_live"): 10_000,
    ("asyncio", "defer_roundtrip"): 10_000,
    ("asyncio", "defer_throughput"): 50_000,
    ("asyncio", "wakeup"): 10_000,
    ("asyncio", "wakeup_flood"): 200_000,
    ("uvloop", "defer_roundtrip"): 10_000,
    ("uvloop", "defer_throughput"): 50_000,
    ("uvloop", "wakeup"): 10_000,
    ("eventmachine", "defer_roundtrip"): 10_000,
    ("eventmachine", "wakeup"): 10_000,
}

TICKS = ("tick_chain", "tick_batch", "spawn_pingpong")
POOLS = ("defer_roundtrip", "defer_throughput")
CANCELS = ("timer_add_cancel", "timer_add_cancel_live")


@dataclass
class Peer:
    name: str
    command: list = None  # None: skipped, for this reason:
    reason: str = ""
    version: str = ""
    base: str = ""  # a variant's peer
    options: tuple = ()
    works: tuple = ()  # a variant's works; empty: all


def variants(peers):
    """The same programs with other options, where the contract names them."""
    table = [
        ("libev", "libev-feed", ("feed=1",), TICKS),
        ("asio", "asio-noreactor", ("reactor=0",), TICKS),
        ("node", "node-nextTick", ("nexttick=1",), TICKS),
        ("libuv", "libuv-reuse", ("reuse=1",), CANCELS),
        ("libev", "libev-reuse", ("reuse=1",), CANCELS),
        ("asio", "asio-reuse", ("reuse=1",), CANCELS),
        ("libuv", "libuv, 20 threads", ("threads=20",), POOLS),
        ("asio", "asio, 20 threads", ("threads=20",), POOLS),
        ("nio", "nio, 4 threads", ("threads=4",), POOLS),
        ("asyncio", "asyncio, 4 threads", ("threads=4",), POOLS),
        ("uvloop", "uvloop, 4 threads", ("threads=4",), POOLS),
        ("eventmachine", "eventmachine, 4 threads", ("threads=4",), POOLS),
        (OURS, f"{OURS}, 4 threads", ("threads=4",), POOLS),
        (OURS, f"{OURS}, fixedDelay", ("pace=fixedDelay",), ("periodic",)),
        (OURS, f"{OURS}, catchUp", ("pace=catchUp",), ("periodic",)),
        (OURS, f"{OURS}, earlier or later", ("delay=fresh",), ("timer_reset",)),
    ]
    by_name = {peer.name: peer for peer in peers}
    for base, name, options, works in table:
        peer = by_name.get(base)
        if peer and peer.command:
            yield Peer(name, peer.command, base=base, options=options, works=works)


# MARK: Building


class Skipped(Exception):
    """A peer isn't installed."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def run_quietly(command, **keywords):
    return subprocess.run(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        errors="replace", **keywords)


def tool(*names):
    for name in names:
        if name and shutil.which(name):
            return name
    raise Skipped(f"no {' or '.join(name for name in names if name)} on the path")


def compiled(name, source, header, compilers, library, hint):
    """Compiles one C or C++ program."""
    compiler = tool(*compilers)
    flags, libraries = [], [f"-l{library}"] if library else []
    if library and shutil.which("pkg-config"):
        found = run_quietly(["pkg-config", "--cflags", "--libs", f"lib{library}"])
        if found.returncode == 0:
            words = found.stdout.split()
            flags = [word for word in words if not word.startswith("-l")]
            libraries = [word for word in words if word.startswith("-l")]
    language = ["-x", "c++", "-std=c++17"] if source.suffix == ".cpp" else ["-x", "c"]
    probe = run_quietly([compiler, *language, *flags, "-E", "-"], input=header)
    if probe.returncode != 0:
        raise Skipped(f"its headers are not installed ({hint})")
    program = BUILD_FOLDER / f"bench-{name}"
    if program.exists() and program.stat().st_mtime > source.stat().st_mtime:
        return [str(program)]
    BUILD_FOLDER.mkdir(exist_ok=True)
    built = run_quietly(
        [compiler, *language, "-O2", *flags, source, "-x", "none", "-o", program, *libraries, "-lpthread"])
    if built.returncode != 0:
        raise Skipped(f"it doesn't build:\n{tail(built.stderr)}")
    return [str(program)]


def swift_program(package, product, scratch=None):
    swift = tool("swift")
    command = [swift, "build", "-c", "release", "--package-path", package, "--product", product]
    if scratch:
        command += ["--scratch-path", scratch]
    built = run_quietly(command)
    if built.returncode != 0:
        raise Skipped(f"it doesn't build:\n{tail(errors_of(built.stdout + built.stderr))}")
    place = run_quietly([*command, "--show-bin-path"])
    return [str(Path(place.stdout.strip().splitlines()[-1]) / product)]


def errors_of(text):
    lines = [line for line in text.splitlines() if "error" in line]
    return "\n".join(lines) or text


def tail(text, lines=8):
    return "\n".join("    " + line for line in text.strip().splitlines()[-lines:])


def has_module(command, hint):
    if run_quietly(command).returncode != 0:
        raise Skipped(hint)


def build_ours():
    return swift_program(HERE, "bench")


C_COMPILERS = (os.environ.get("CC"), "cc", "gcc", "clang")


def build_libuv():
    return compiled("libuv", PEERS_FOLDER / "libuv/bench.c", "#include <uv.h>\n", C_COMPILERS, "uv",
                    "Debian: libuv1-dev, Homebrew: libuv")


def build_libev():
    return compiled("libev", PEERS_FOLDER / "libev/bench.c", "#include <ev.h>\n", C_COMPILERS, "ev",
                    "Debian: libev-dev, Homebrew: libev")


def build_asio():
    header = "#if __has_include(<asio.hpp>)\n#include <asio.hpp>\n#else\n#include <boost/asio.hpp>\n#endif\n"
    return compiled("asio", PEERS_FOLDER / "asio/bench.cpp", header, (os.environ.get("CXX"), "c++", "g++", "clang++"),
                    None, "Debian: libasio-dev or libboost-dev, Homebrew: asio or boost")


def build_nio():
    if not (BUILD_FOLDER / "nio").exists():
        say("  nio: a first build takes a few minutes")
    return swift_program(PEERS_FOLDER / "nio", "bench-nio", BUILD_FOLDER / "nio")


def build_node():
    return [tool("node"), str(PEERS_FOLDER / "node/bench.js")]


def build_asyncio():
    return [sys.executable, str(PEERS_FOLDER / "asyncio/bench.py")]


def build_uvloop():
    has_module([sys.executable, "-c", "import uvloop"], "it isn't installed (pip install uvloop)")
    return build_asyncio()


def build_eventmachine():
    ruby = tool("ruby")
    has_module([ruby, "-e", "require 'eventmachine'"], "it isn't installed (Debian: ruby-eventmachine, or gem install)")
    return [ruby, str(PEERS_FOLDER / "eventmachine/bench.rb")]


BUILDERS = {
    OURS: build_ours,
    "libuv": build_libuv,
    "libev": build_libev,
    "asio": build_asio,
    "nio": build_nio,
    "node": build_node,
    "asyncio": build_asyncio,
    "uvloop": build_uvloop,
    "eventmachine": build_eventmachine,
}

OWN_OPTIONS = {"uvloop": ("loop=uvloop",)}


def build_all(names):
    peers = []
    for name in names:
        peer = Peer(name, options=OWN_OPTIONS.get(name, ()))
        try:
            say(f"building {name}")
            peer.command = BUILDERS[name]()
            peer.version = version_of(peer)
        except Skipped as reason:
            peer.reason = str(reason)
            say(f"  skipped {name}: {reason}")
        peers.append(peer)
    return peers


def version_of(peer):
    if peer.name == OURS:
        first = run_quietly(["swift", "--version"]).stdout.splitlines()[:1]
        found = re.search(r"Swift version (\S+)", first[0] if first else "")
        return f"of this tree, Swift {found.group(1) if found else '?'}"
    answer = run_quietly([*peer.command, "version", *peer.options])
    try:
        return json.loads(answer.stdout)["version"]
    except (ValueError, KeyError):
        return "?"


# MARK: Running


@dataclass
class Cell:
    """The runs of one program in one row."""

    n: int
    runs: list = field(default_factory=list)
    state: str = "ok"  # ok, none (it doesn't do the work), failed
    message: str = ""

    def value(self, metric):
        if self.state != "ok" or not self.runs:
            return None
        values = [run[metric.field] for run in self.runs if metric.field in run]
        return statistics.median(values) * metric.scale if values else None


def pin_to(cores):
    """What runs in the child before the program does, to keep it on these cores."""
    if not cores:
        return None
    return lambda: os.sched_setaffinity(0, cores)


def run_once(peer, row, cell, arguments):
    k = row.quick_k if arguments.quick else row.k
    words = [row.work, str(cell.n)]
    if k is not None:
        words.append(f"{k:g}")
    words += [*row.options, *peer.options]
    cores = {0} if row.one_core else arguments.cores
    try:
        done = run_quietly([*peer.command, *words], timeout=arguments.timeout, preexec_fn=pin_to(cores))
    except subprocess.TimeoutExpired:
        cell.state, cell.message = "failed", f"no answer within {arguments.timeout:g} s"
        return
    except OSError as error:
        cell.state, cell.message = "failed", str(error)
        return
    if done.returncode == 3 and not done.stdout:
        cell.state = "none"
        return
    try:
        if done.returncode != 0:
            raise ValueError(f"status {done.returncode}\n{tail(done.stderr)}")
        lines = done.stdout.splitlines()
        if len(lines) != 1:
            raise ValueError(f"printed {len(lines)} lines, not one")
        result = json.loads(lines[0])
        if result["work"] != row.work or result["n"] != cell.n:
            raise ValueError(f"answered for another work: {lines[0]}")
        cell.runs.append(result)
    except (ValueError, KeyError) as error:
        cell.state, cell.message = "failed", str(error)


def measure(row, peers, arguments):
    """All programs in turn, again and again, so that noise hits them alike."""
    cells = {}
    for peer in peers:
        if peer.works and row.work not in peer.works:
            continue
        base = peer.base or peer.name
        if row.only_ours and base != OURS:
            continue
        n = row.quick_n if arguments.quick else row.n
        own = OWN_N.get((base, row.name), OWN_N.get((base, row.work), n))
        if own is not None:
            cells[peer.name] = Cell(min(n, own))
    for _ in range(arguments.runs):
        for peer in peers:
            cell = cells.get(peer.name)
            if cell and cell.state == "ok":
                run_once(peer, row, cell, arguments)
                if cell.state == "failed":
                    say(f"  {peer.name} failed in {row.name}: {cell.message}")
    return {name: cell for name, cell in cells.items() if cell.state != "none"}


# MARK: What comes out


def number(value, metric):
    if value is None:
        return "–"
    digits = metric.digits
    if digits == 0 and 0 < abs(value) < 10:
        digits = 1
    return f"{value:,.{digits}f}"


def ratio(value, ours):
    if value is None or not ours or ours <= 0:
        return None
    return value / ours


def ratio_text(times):
    if times is None:
        return ""
    return f"{times:.2f}×" if times < 10 else f"{times:,.0f}×"


def lines_of(results):
    """(row, metric, cells, label) for each line of the table."""
    for row, cells in results:
        for metric in row.metrics:
            yield row, metric, cells, row.name


def cell_text(cell, metric, ours):
    if cell is None:
        return "–"
    if cell.state == "failed":
        return "failed"
    value = cell.value(metric)
    text = number(value, metric)
    times = ratio_text(ratio(value, ours)) if metric.has_ratio else ""
    return f"{text} ({times})" if times else text


def main_table(results, names):
    header = ["work", "unit", *names]
    table = [header]
    for row, metric, cells, label in lines_of(results):
        mine = cells.get(OURS)
        ours = mine.value(metric) if mine else None
        line = [label, metric.unit]
        for name in names:
            line.append(cell_text(cells.get(name), metric, None if name == OURS else ours))
        table.append(line)
    return table


def variant_table(results, names):
    table = [["work", "unit", OURS, "variant", "figure"]]
    for row, metric, cells, label in lines_of(results):
        mine = cells.get(OURS)
        ours = mine.value(metric) if mine else None
        for name in names:
            if name in cells:
                table.append([label, metric.unit, number(ours, metric), name, cell_text(cells[name], metric, ours)])
    return table if len(table) > 1 else []


def as_text(table):
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    rows = []
    for line in table:
        cells = [cell.ljust(width) if i < 2 else cell.rjust(width) for i, (cell, width) in enumerate(zip(line, widths))]
        rows.append("  ".join(cells).rstrip())
    rows.insert(1, "-" * max(len(row) for row in rows))
    return "\n".join(rows)


def as_markdown(table):
    header, *lines = table
    align = ["---" if i < 2 else "--:" for i in range(len(header))]
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, align, *lines])


def machine():
    model = ""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        if platform.system() == "Darwin":
            model = run_quietly(["sysctl", "-n", "machdep.cpu.brand_string"]).stdout.strip()
    return {
        "cpu": model or platform.processor() or "unknown",
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
    }


def as_json(results, peers, arguments):
    rows = []
    for row, cells in results:
        rows.append({
            "name": row.name, "work": row.work, "options": list(row.options), "one_core": row.one_core,
            "k": row.quick_k if arguments.quick else row.k,
            "metrics": [{"field": metric.field, "unit": metric.unit, "scale": metric.scale} for metric in row.metrics],
            "results": {
                name: {
                    "n": cell.n, "state": cell.state,
                    "medians": {metric.field: cell.value(metric) for metric in row.metrics},
                    "runs": cell.runs,
                }
                for name, cell in cells.items()
            },
        })
    return {
        "date": datetime.date.today().isoformat(),
        "quick": arguments.quick,
        "runs": arguments.runs,
        "machine": machine(),
        "versions": {peer.name: peer.version for peer in peers if peer.command and not peer.base},
        "skipped": {peer.name: peer.reason for peer in peers if not peer.command},
        "rows": rows,
    }


# Okabe and Ito's colours, which colour-blind people can tell apart.
COLOURS = ["#000000", "#0072B2", "#56B4E9", "#D55E00", "#E69F00", "#009E73", "#CC79A7", "#999999", "#F0E442"]


def as_svg(results, names):
    """One line a figure, one dot a peer, on a logarithmic axis of times ours."""
    others = [name for name in names if name != OURS]
    lines = []
    for row, metric, cells, label in lines_of(results):
        mine = cells.get(OURS)
        ours = mine.value(metric) if mine else None
        if not metric.has_ratio or not ours or ours <= 0:
            continue
        dots = []
        for name in others:
            times = ratio(cells[name].value(metric), ours) if name in cells else None
            if times and times > 0:
                dots.append((name, times, cells[name].value(metric)))
        if dots:
            lines.append((f"{label}, {metric.unit}", ours, metric, dots))
    if not lines:
        return None
    every = [times for _, _, _, dots in lines for _, times, _ in dots]
    low = math.floor(math.log10(min(1, *every)))
    high = math.ceil(math.log10(max(10, *every)))
    left, top, width, pitch = 300, 70, 640, 24
    height = top + pitch * len(lines) + 50

    def x(times):
        return left + width * (math.log10(times) - low) / (high - low)

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 40} {height}" '
        'font-family="system-ui, sans-serif" font-size="12" role="img" '
        'aria-label="How many times our figure the figure of each peer is">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        '<text x="16" y="24" font-size="15" font-weight="600">How many times our figure each peer needs '
        "(logarithmic; right of the line it needs more than ours)</text>",
    ]
    at = 16
    for i, name in enumerate(others):
        colour = COLOURS[(i + 1) % len(COLOURS)]
        out.append(f'<circle cx="{at + 5}" cy="44" r="5" fill="{colour}"/>')
        out.append(f'<text x="{at + 15}" y="48">{html.escape(name)}</text>')
        at += 34 + 7 * len(name)
    bottom = top + pitch * len(lines)
    for power in range(low, high + 1):
        place = x(10.0**power)
        text = f"{10 ** power:,}" if power >= 0 else f"{10.0 ** power:g}"
        out.append(f'<line x1="{place:.1f}" y1="{top}" x2="{place:.1f}" y2="{bottom}" stroke="#dddddd"/>')
        out.append(f'<text x="{place:.1f}" y="{bottom + 18}" text-anchor="middle" fill="#555555">{text}×</text>')
    one = x(1)
    out.append(f'<line x1="{one:.1f}" y1="{top - 6}" x2="{one:.1f}" y2="{bottom}" stroke="#000000" stroke-width="2"/>')
    for i, (label, ours, metric, dots) in enumerate(lines):
        y = top + pitch * i + pitch / 2
        text = f"{html.escape(label)}: {number(ours, metric)}"
        out.append(f'<text x="{left - 12}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
        out.append(f'<line x1="{left}" y1="{y:.1f}" x2="{left + width}" y2="{y:.1f}" stroke="#f2f2f2"/>')
        for name, times, value in dots:
            colour = COLOURS[(others.index(name) + 1) % len(COLOURS)]
            out.append(
                f'<circle cx="{x(times):.1f}" cy="{y:.1f}" r="5" fill="{colour}" fill-opacity="0.85" stroke="#ffffff">'
                f"<title>{html.escape(name)}: {number(value, metric)} {html.escape(metric.unit)}, {ratio_text(times)}"
                "</title></circle>")
    out.append("</svg>")
    return "\n".join(out) + "\n"


BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def publish(text):
    """Puts the measured tables between the markers of README.md."""
    page = HERE / "README.md"
    old = page.read_text(encoding="utf-8")
    if BEGIN not in old or END not in old:
        raise SystemExit(f"compare.py: {page} lacks the markers {BEGIN} and {END}")
    before, rest = old.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def page_text(report, table, variant_lines):
    computer = report["machine"]
    versions = "; ".join(f"{name} {version}" for name, version in report["versions"].items())
    note = "one quick run with small N" if report["quick"] else f"medians of {report['runs']} runs, interleaved"
    parts = [
        f"Measured {report['date']}: {note}, on {computer['cores']} cores of {computer['cpu']} "
        f"({computer['architecture']}), {computer['system']}.",
        "",
        f"Versions: {versions}.",
        "",
        "In brackets: how many times our figure. – : the peer doesn't do this work. All runs are in `results.json`.",
        "",
        "![How many times our figure each peer needs](results.svg)",
        "",
        as_markdown(table),
    ]
    if variant_lines:
        parts += ["", "Variants, with the same brackets:", "", as_markdown(variant_lines)]
    if report["skipped"]:
        parts += ["", "Left out where this was measured: " + ", ".join(report["skipped"]) + "."]
    return "\n".join(parts)


# MARK: The command line


def names_of(text, known, what, parser):
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        parser.error(f"unknown {what}: {', '.join(unknown) or 'none given'}; there are: {', '.join(known)}")
    return names


def parse():
    parser = argparse.ArgumentParser(description="Measures this package beside the other event loops.")
    parser.add_argument("--quick", action="store_true", help="one run with small N: about a minute")
    parser.add_argument("--runs", type=int, help="runs of each program in each row (5; with --quick 1)")
    parser.add_argument("--works", help="only these works, with commas between them")
    parser.add_argument("--peers", help="only these programs, with commas between them; ours is always among them")
    parser.add_argument("--no-variants", action="store_true", help="without the peers' variants (--quick has none)")
    parser.add_argument("--pin", metavar="CORES", help="keep every program on these cores, such as 0 or 0,1")
    parser.add_argument("--timeout", type=float, default=300, metavar="SECONDS", help="for each run (300)")
    parser.add_argument("--json", type=Path, default=BUILD_FOLDER / "compare.json", help="where to write all figures")
    parser.add_argument("--svg", type=Path, default=BUILD_FOLDER / "compare.svg", help="where to write the chart")
    parser.add_argument("--publish", action="store_true", help="write README.md's table, results.json and results.svg")
    parser.add_argument("--list", action="store_true", help="list the works and programs, and end")
    arguments = parser.parse_args()
    known_works = list(dict.fromkeys(row.work for row in ROWS))
    arguments.works = names_of(arguments.works, known_works, "work", parser) if arguments.works else known_works
    arguments.peers = names_of(arguments.peers, list(BUILDERS), "peer", parser) if arguments.peers else list(BUILDERS)
    if OURS not in arguments.peers:
        arguments.peers.insert(0, OURS)
    if arguments.runs is None:
        arguments.runs = 1 if arguments.quick else 5
    if arguments.runs < 1:
        parser.error("--runs must be at least 1")
    arguments.cores = None
    if arguments.pin:
        if not hasattr(os, "sched_setaffinity"):
            parser.error("--pin: this system can't pin a process to cores")
        try:
            arguments.cores = {int(core) for core in arguments.pin.split(",")}
        except ValueError:
            parser.error("--pin takes numbers with commas between them")
        if not arguments.cores <= os.sched_getaffinity(0):
            parser.error(f"--pin: the cores here are {sorted(os.sched_getaffinity(0))}")
    if arguments.publish:
        arguments.json, arguments.svg = HERE / "results.json", HERE / "results.svg"
    return arguments


def main():
    arguments = parse()
    if arguments.list:
        print("works:", *dict.fromkeys(row.work for row in ROWS))
        print("programs:", *BUILDERS)
        return 0
    peers = build_all(arguments.peers)
    ours = next(peer for peer in peers if peer.name == OURS)
    if not ours.command:
        say(f"compare.py: our own side can't be built: {ours.reason}")
        return 1
    names = [peer.name for peer in peers if peer.command]
    variant_names = []
    if not arguments.quick and not arguments.no_variants:
        extra = list(variants(peers))
        variant_names = [peer.name for peer in extra]
        peers += extra
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > 0.3:
        say(f"note: the machine is not idle (load {os.getloadavg()[0]:.2f}); trust the ratios less")
    results = []
    for row in ROWS:
        if row.work not in arguments.works:
            continue
        if row.one_core and not hasattr(os, "sched_setaffinity"):
            say(f"skipped {row.name}: this system can't pin a process to a core")
            continue
        say(f"running {row.name}")
        results.append((row, measure(row, [peer for peer in peers if peer.command], arguments)))
    table = main_table(results, names)
    variant_lines = variant_table(results, variant_names)
    print(as_text(table))
    if variant_lines:
        print("\n" + as_text(variant_lines))
    report = as_json(results, peers, arguments)
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    say(f"wrote {arguments.json}")
    chart = as_svg(results, names)
    if chart:
        arguments.svg.parent.mkdir(parents=True, exist_ok=True)
        arguments.svg.write_text(chart, encoding="utf-8")
        say(f"wrote {arguments.svg}")
    if arguments.publish:
        publish(page_text(report, table, variant_lines))
        say(f"wrote the table of {HERE / 'README.md'}")
    failed = [
        f"{name} in {row.name}" for row, cells in results for name, cell in cells.items() if cell.state == "failed"]
    if failed:
        say(f"compare.py: failed: {', '.join(failed)}")
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

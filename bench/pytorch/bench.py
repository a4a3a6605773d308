"""Times PyTorch implementations of the models: one training step, and one inference, at several bag sizes.

    python3 bench/pytorch/bench.py --models abmil,asmil,asmil-release --n 10,50,500,2000,8000 --json
    python3 bench/pytorch/bench.py --serve          # one JSON request a line on stdin, one JSON answer a line

Exit code 1: PyTorch is missing or a measurement failed; 2: wrong command line.
"""

import argparse
import json
import multiprocessing
import os
import sys
from pathlib import Path

MODELS = (
    "abmil",
    "acmil",
    "aem",
    "asmil",
    "asmil-release",
    "asmil-release-lean",
    "camil",
    "clam-sb",
    "demil",
    "dsmil",
    "dtfd-mil",
    "hdmil",
    "ibmil",
    "max-pooling",
    "mean-pooling",
    "mhim-mil",
    "psmil",
    "rgmil",
    "transmil",
)
DEFAULT_MODELS = "abmil,asmil,asmil-release"


def model_list(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in MODELS:
            raise argparse.ArgumentTypeError(f"'{name}' is not a model: choose from {', '.join(MODELS)}")
    return names


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of at least 1")
    return int(text)


def size_list(text: str) -> list[int]:
    return [positive(part) for part in text.split(",")]


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time PyTorch training steps and inferences of the models.")
    parser.add_argument("--models", type=model_list, default=model_list(DEFAULT_MODELS), metavar="A,B")
    parser.add_argument("--n", type=size_list, default=[10, 50, 500, 2000, 8000], metavar="N,N", help="tiles of a bag")
    parser.add_argument("--threads", type=positive, default=1)
    parser.add_argument("--reps", type=positive, default=30, help="repetitions at least (30)")
    parser.add_argument("--min-seconds", type=float, default=1.0, help="seconds of repetitions at least (1)")
    parser.add_argument("--fused", action="store_true", help="PyTorch's fused optimiser in place of its default")
    parser.add_argument("--json", action="store_true", help="print a JSON array in place of a table")
    parser.add_argument("--serve", action="store_true", help="answer requests from stdin (see README.md)")
    return parser.parse_args(argv)


def measure(model: str, n: int, args: argparse.Namespace) -> dict:
    """One row of the result; runs in a process of its own, so that the peak of memory belongs to this case."""
    from timing import Case, peak_rss_mb, set_threads, summary, version

    set_threads(args.threads)
    base = peak_rss_mb()
    case = Case(model, n, args.fused)
    row = {"engine": "pytorch", "model": model, "n": n, "d": case.d, "threads": args.threads}
    row |= summary("step", case.times("step", args.reps, args.min_seconds))
    row |= summary("infer", case.times("infer", args.reps, args.min_seconds))
    peak = peak_rss_mb()
    optimizer = "fused" if args.fused else "default"
    return row | {"peakRssMb": peak, "baseRssMb": base, "optimizer": optimizer, "version": version()}


def run_all(args: argparse.Namespace) -> list[dict]:
    rows = []
    context = multiprocessing.get_context("spawn")
    with context.Pool(1, maxtasksperchild=1) as pool:
        for model in args.models:
            for n in args.n:
                row = pool.apply(measure, (model, n, args))
                rows.append(row)
                if not args.json:
                    print_row(row, header=len(rows) == 1)
    return rows


def print_row(row: dict, header: bool) -> None:
    columns = ("model", "n", "threads", "stepMsMedian", "stepMsMin", "inferMsMedian", "inferMsMin", "peakRssMb")
    if header:
        print("  ".join(f"{c:>18}" if c == "model" else f"{c:>13}" for c in columns))
    print("  ".join(f"{row[c]:>18}" if c == "model" else f"{row[c]:>13}" for c in columns), flush=True)


def serve(args: argparse.Namespace) -> None:
    """Answers each line of stdin with one line on stdout until stdin ends; a bad request gets {"error": ...}."""
    from timing import Case, peak_rss_mb, set_threads, version

    set_threads(args.threads)
    cases: dict[tuple[str, int], Case] = {}
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            answer = reply(json.loads(line), cases, args, Case)
            answer |= {"peakRssMb": peak_rss_mb(), "version": version()}
        except (ValueError, RuntimeError) as error:  # a malformed request, or PyTorch out of memory
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


def reply(request, cases: dict, args: argparse.Namespace, make_case) -> dict:
    if not isinstance(request, dict):
        raise ValueError('a request is an object such as {"model":"abmil","n":500,"what":"step","reps":10}')
    if request.get("what") == "info":
        return {"engine": "pytorch", "models": MODELS, "threads": args.threads}
    model, n, what, reps = (request.get(key) for key in ("model", "n", "what", "reps"))
    if model not in MODELS:
        raise ValueError(f"model {model!r}: expected one of {', '.join(MODELS)}")
    if what not in ("step", "infer"):
        raise ValueError(f"what {what!r}: expected step, infer or info")
    for key, value in (("n", n), ("reps", reps)):
        if type(value) is not int or value < 1:
            raise ValueError(f"{key} {value!r}: expected a whole number of at least 1")
    if (model, n) not in cases:
        cases[model, n] = make_case(model, n, args.fused)
    times = cases[model, n].times(what, reps)
    return {"engine": "pytorch", "model": model, "n": n, "what": what, "threads": args.threads, "timesMs": times}


def main() -> None:
    args = parse()
    sys.path.insert(0, str(Path(__file__).parent))
    # OpenMP reads its variables when PyTorch is loaded, here or in a child process.
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(args.threads)
    import require_torch  # noqa: F401

    if args.serve:
        serve(args)
    else:
        rows = run_all(args)
        if args.json:
            print(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()

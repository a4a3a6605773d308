"""Repeats a step or an inference and notes the milliseconds of each repetition."""

import resource
import statistics
import sys
import time
from pathlib import Path

import require_torch  # noqa: F401
import torch
from workloads import D_IN, WORKLOADS

WARM_UP = 3


def set_threads(threads: int) -> None:
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(threads)


def version() -> str:
    """PyTorch's version without the tag of its build."""
    return torch.__version__.split("+")[0]


def peak_rss_mb() -> float:
    """Largest resident memory of this process so far, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count the process that this one was started from
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return round(int(line.split()[1]) / 1024, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)


class Case:
    """A model with its optimiser and one bag of N tiles; the state goes on from one call to the next."""

    d = D_IN

    def __init__(self, model: str, n: int, fused: bool = False, seed: int = 0):
        torch.manual_seed(seed)
        self.work = WORKLOADS[model](**({"fused": True} if fused else {}))
        self.x = torch.randn(n, D_IN)
        # The label alternates, so that the loss stays away from 0 over thousands of steps on one bag.
        self.labels = [torch.tensor([0]), torch.tensor([1])]
        self.steps = 0
        self.warm: set[str] = set()

    def once(self, what: str) -> None:
        if what == "infer":
            self.work.infer(self.x)
        else:
            self.work.step(self.x, self.labels[self.steps % 2])
            self.steps += 1

    def times(self, what: str, reps: int, min_seconds: float = 0.0) -> list[float]:
        """Milliseconds of each repetition; at least `reps` of them, and until `min_seconds` have passed."""
        self.work.model.train(what == "step")
        if what not in self.warm:
            for _ in range(WARM_UP):
                self.once(what)
            self.warm.add(what)
        times: list[float] = []
        end = time.perf_counter() + min_seconds
        while len(times) < reps or time.perf_counter() < end:
            start = time.perf_counter_ns()
            self.once(what)
            times.append((time.perf_counter_ns() - start) / 1e6)
        return times


def summary(what: str, times: list[float]) -> dict:
    """Keys such as stepMsMedian, stepMsMin and stepReps."""
    median, least = round(statistics.median(times), 4), round(min(times), 4)
    return {f"{what}MsMedian": median, f"{what}MsMin": least, f"{what}Reps": len(times)}

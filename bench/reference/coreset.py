"""Times greedy coreset selection as patchcore-inspection does it; called by bench/coreset.ts.

    python3 coreset.py <file of 32-bit floats> <rows> <columns> <picks>

One pick after the other: the distance of all rows to the last pick, the minimum with what was known,
the row that is farthest. In PyTorch where it is installed, else in NumPy; both use all threads. The
squared lengths of the rows, which the original computes for every pick, are computed once.
"""

import json
import sys
import time


def select_torch(torch, features, picks):
    lengths = (features * features).sum(dim=1)
    nearest = torch.full_like(lengths, float("inf"))
    chosen = [0]
    with torch.no_grad():
        while len(chosen) < picks:
            last = chosen[-1]
            squared = lengths + lengths[last] - 2 * (features @ features[last])
            nearest = torch.minimum(nearest, squared.clamp_(min=0).sqrt_())
            chosen.append(int(torch.argmax(nearest)))
    return chosen


def select_numpy(np, features, picks):
    lengths = np.einsum("ij,ij->i", features, features)
    nearest = np.full_like(lengths, np.inf)
    chosen = [0]
    while len(chosen) < picks:
        last = chosen[-1]
        squared = features @ features[last]
        squared *= -2
        squared += lengths
        squared += lengths[last]
        np.maximum(squared, 0, out=squared)
        np.sqrt(squared, out=squared)
        np.minimum(nearest, squared, out=nearest)
        chosen.append(int(nearest.argmax()))
    return chosen


def main():
    file, rows, columns, picks = sys.argv[1], *map(int, sys.argv[2:])
    import numpy as np

    features = np.fromfile(file, dtype=np.float32).reshape(rows, columns)
    try:
        import torch

        library, features = f"PyTorch {torch.__version__}", torch.from_numpy(features)
        select = lambda: select_torch(torch, features, picks)
    except ImportError:
        library = f"NumPy {np.__version__}"
        select = lambda: select_numpy(np, features, picks)
    begin = time.perf_counter()
    chosen = select()
    seconds = time.perf_counter() - begin
    print(json.dumps({"library": library, "seconds": seconds / picks, "chosen": chosen}))


main()

"""Times the pixel metrics of another tool in a process of its own; called by bench/metrics.ts.

    python metrics.py sklearn|adeval <folder with maps.f32 and masks.u8> <side>
"""

import json
import os
import sys
import time

import numpy as np


def measure_sklearn(maps, masks):
    from sklearn.metrics import average_precision_score, roc_auc_score

    scores, labels = maps.reshape(-1), masks.reshape(-1)

    def work():
        return {
            "AUROC": roc_auc_score(labels, scores),
            "AP": average_precision_score(labels, scores),
        }

    return work


def measure_adeval(maps, masks):
    from adeval.mem_effic import auroc_aupr_aupro
    import cv2  # ADEval imports it inside the timed call otherwise

    def work():
        with np.errstate(invalid="ignore"):  # 0 / 0 above the highest score, which ADEval mends
            auroc, aupr, aupro = auroc_aupr_aupro(maps, masks)
        return {"AUROC": auroc, "AP": aupr, "AUPRO": aupro}

    return work


def peak_bytes():
    """Most memory that this process has held; getrusage() may count the parent's on Linux."""
    if sys.platform == "linux":
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


tool, folder, side = sys.argv[1], sys.argv[2], int(sys.argv[3])
shape = (-1, side, side)
maps = np.fromfile(os.path.join(folder, "maps.f32"), dtype=np.float32).reshape(shape)
masks = np.fromfile(os.path.join(folder, "masks.u8"), dtype=np.uint8).reshape(shape)
work = {"sklearn": measure_sklearn, "adeval": measure_adeval}[tool](maps, masks)
begin = time.perf_counter()
values = work()
seconds = time.perf_counter() - begin
values = {name: float(value) for name, value in values.items()}
print(json.dumps({"seconds": seconds, "peak": peak_bytes(), "values": values}))

"""Times pixel metrics of other tools, each in a process of its own; called by bench/metrics.ts.

    python metrics.py sklearn|numpy|exact|adeval|accumulator <folder> <rows> <columns>

The folder holds maps.f32 and masks.u8. What a tool imports and, but for the accumulator, which is made for
maps that come one at a time, the arrays are loaded before the clock starts.
"""

import json
import os
import sys
import time

import numpy as np

FPR_LIMIT = 0.3


def sklearn_metrics(maps, masks):
    from sklearn.metrics import average_precision_score, roc_auc_score

    scores, labels = maps.reshape(-1), masks.reshape(-1)
    return lambda: {
        "AUROC": roc_auc_score(labels, scores),
        "AP": average_precision_score(labels, scores),
    }


def sklearn_f1_max(maps, masks):
    from sklearn.metrics import precision_recall_curve

    def work():
        precision, recall, _ = precision_recall_curve(masks.reshape(-1), maps.reshape(-1))
        with np.errstate(invalid="ignore"):  # 0 / 0 where nothing is found
            return {"F1-max": np.nanmax(2 * precision * recall / (precision + recall))}

    return work


def numpy_aupro(maps, masks):
    """The plain exact way: sort all pixels together, add up what each brings, join by straight lines."""
    from scipy.ndimage import label

    def work():
        neighbours = np.ones((3, 3), dtype=int)
        gains = np.zeros(maps.shape, dtype=np.float64)
        regions = 0
        for mask, gain in zip(masks, gains):
            labels, count = label(mask, neighbours)
            sizes = np.bincount(labels.reshape(-1))
            inside = labels > 0
            gain[inside] = 1 / sizes[labels[inside]]
            regions += count
        scores, gains = maps.reshape(-1), gains.reshape(-1)
        order = np.argsort(scores)[::-1]
        scores, gains = scores[order], gains[order]
        alarms = np.cumsum(gains == 0)
        ends = np.append(scores[1:] != scores[:-1], True)  # equal scores pass together
        fpr = np.append(0, alarms[ends] / alarms[-1])
        pro = np.append(0, np.cumsum(gains)[ends] / regions)
        last = np.searchsorted(fpr, FPR_LIMIT, side="right")
        if fpr[last - 1] < FPR_LIMIT:
            at_limit = np.interp(FPR_LIMIT, fpr[last - 1 : last + 1], pro[last - 1 : last + 1])
            fpr, pro = np.append(fpr[:last], FPR_LIMIT), np.append(pro[:last], at_limit)
        else:
            fpr, pro = fpr[:last], pro[:last]
        return {"AUPRO": np.trapezoid(pro, fpr) / FPR_LIMIT}

    return work


def exact_metrics(maps, masks):
    parts = [part(maps, masks) for part in (sklearn_metrics, sklearn_f1_max, numpy_aupro)]
    return lambda: {name: value for part in parts for name, value in part().items()}


def adeval_metrics(maps, masks):
    import cv2  # ADEval imports it inside the timed call otherwise
    from adeval import auroc_aupr_aupro

    def work():
        with np.errstate(invalid="ignore"):  # 0 / 0 above the highest score, which ADEval mends
            auroc, aupr, aupro = auroc_aupr_aupro(maps, masks)
        return {"AUROC": auroc, "AP": aupr, "AUPRO": aupro}

    return work


def adeval_accumulator(folder, shape):
    """One map at a time; the bounds that its user has to know are those of the maps."""
    from adeval import EvalAccumulator

    rows, columns = shape
    pixels = rows * columns
    maps, masks = (os.path.join(folder, name) for name in ("maps.f32", "masks.u8"))
    count = os.path.getsize(masks) // pixels

    def read(path, dtype, number):
        size = np.dtype(dtype).itemsize
        return np.fromfile(path, dtype, pixels, offset=size * pixels * number).reshape(shape)

    bounds = [(m.min(), m.max()) for m in (read(maps, np.float32, i) for i in range(count))]
    low, high = float(min(bounds)[0]), float(max(high for _, high in bounds))

    def work():
        accumulator = EvalAccumulator(low, high)
        for number in range(count):
            accumulator.add_anomap(read(maps, np.float32, number), read(masks, np.uint8, number))
        with np.errstate(invalid="ignore"):  # it has seen no image scores
            summary = accumulator.summary()
        return {name: summary[key] for name, key in
                {"AUROC": "p_auroc", "AP": "p_aupr", "AUPRO": "p_aupro"}.items()}

    return work


def peak_bytes():
    """Most memory that this process has held; getrusage() may count the parent's on Linux."""
    if sys.platform == "linux":
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


TOOLS = {
    "sklearn": sklearn_metrics,
    "numpy": numpy_aupro,
    "exact": exact_metrics,
    "adeval": adeval_metrics,
}

tool, folder, shape = sys.argv[1], sys.argv[2], (int(sys.argv[3]), int(sys.argv[4]))
if tool == "accumulator":
    work = adeval_accumulator(folder, shape)
else:
    maps = np.fromfile(os.path.join(folder, "maps.f32"), np.float32).reshape(-1, *shape)
    masks = np.fromfile(os.path.join(folder, "masks.u8"), np.uint8).reshape(-1, *shape)
    work = TOOLS[tool](maps, masks)
begin = time.perf_counter()
values = work()
seconds = time.perf_counter() - begin
values = {name: float(value) for name, value in values.items()}
print(json.dumps({"seconds": seconds, "peak": peak_bytes(), "values": values}))

"""Times exact nearest-neighbour search of other libraries; called by bench/python_search.ts.

    python search.py <bank: file of 32-bit floats> <images: the same> <columns>

Prints the names of the ways as JSON, then answers requests, one a line: [number of the way, first row of
the images, number of rows]. The answer has the milliseconds of the search and the nearest row of every
query. Rows are taken in, and indexes made, before the first request.
On a machine that other programs use too, one thread may be faster than all.
"""

import json
import sys
import time

import faiss
import numpy as np
import sklearn
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits


def faiss_search(bank):
    index = faiss.IndexFlatL2(bank.shape[1])
    index.add(bank)
    return lambda queries: index.search(queries, 1)[1][:, 0]


def sklearn_search(bank):
    neighbors = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(bank)
    return lambda queries: neighbors.kneighbors(queries, return_distance=False)[:, 0]


def main():
    columns = int(sys.argv[3])
    bank, images = (np.fromfile(file, np.float32).reshape(-1, columns) for file in sys.argv[1:3])
    flat, brute = faiss_search(bank), sklearn_search(bank)
    ways = [
        (f"faiss-cpu {faiss.__version__} flat", flat, None),
        ("faiss-cpu flat, one thread", flat, 1),
        (f"scikit-learn {sklearn.__version__}", brute, None),
    ]
    print(json.dumps([name for name, _, _ in ways]), flush=True)
    for line in sys.stdin:
        number, first, count = json.loads(line)
        _, search, threads = ways[number]
        queries = images[first : first + count]
        with threadpool_limits(threads):
            begin = time.perf_counter()
            nearest = search(queries)
            milliseconds = 1000 * (time.perf_counter() - begin)
        answer = {"milliseconds": milliseconds, "nearest": nearest.tolist()}
        print(json.dumps(answer), flush=True)


main()

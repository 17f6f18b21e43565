"""implicit (0.7.3) on the pairs of bench/als.bench.ts: fits what is not held out, writes the best items of the judged users,
prints one line of JSON. Needs numpy, scipy, implicit. CPU seconds are those of fit alone; the matrix is made before."""
import json
import os
import resource
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import implicit
import numpy as np
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares

path, out = sys.argv[1:3]
threads, factors, epochs, k, step, at, parts = map(int, sys.argv[3:])
pairs = np.load(path)
shape = tuple(int(n) + 1 for n in pairs.max(0))
held = (pairs[:, 0] % step == at) & (pairs[:, 1] % parts == pairs[:, 0] % parts)
users = np.unique(pairs[held, 0])
train = pairs[~held]
del pairs
seen = sp.csr_matrix((np.ones(len(train), np.float32), (train[:, 0], train[:, 1])), shape)
del train
seen.sort_indices()
cpu, wall = time.process_time(), time.perf_counter()
model = AlternatingLeastSquares(factors=factors, regularization=0.05, alpha=10.0, iterations=epochs, num_threads=threads, random_state=0)
model.fit(seen, show_progress=False)
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
shown = time.perf_counter()
lists, _ = model.recommend(users, seen[users], N=k, filter_already_liked_items=True)
speed = len(users) / (time.perf_counter() - shown)
lists.astype(np.int32).tofile(out)
print(json.dumps({"of": f"implicit {implicit.__version__}", "cpuSeconds": cpu, "wallSeconds": wall, "peakRssMb": round(peak), "usersPerSecond": speed}))

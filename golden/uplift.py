"""
Rankings of small seeded trials as scikit-uplift and causalml judge them: golden/uplift.json.

pip install scikit-uplift==0.5.1 causalml==0.16.0 && python golden/uplift.py golden/uplift.json

qini and upliftAt30 are scikit-uplift's. causalmlQini and causalmlAuuc are causalml's own numbers without its
normaliser; qiniPerPerson and auuc follow the formulas behind them, in units of the outcome per person:
mean over k of (Q(k) - Q(n) k / n) / n with Q(k) = Y_t(k) - Y_c(k) N_t(k) / N_c(k), and mean over k of U(k) / n with
U(k) = (Y_t(k) / N_t(k) - Y_c(k) / N_c(k)) k. causalml divides by n + 1 places and interpolates where a side is empty.
"""
import importlib.metadata
import json
import sys
import warnings

import numpy as np
import pandas as pd
from causalml.metrics import auuc_score, qini_score
from sklift.metrics import qini_auc_score, uplift_at_k

warnings.filterwarnings('ignore')
g = np.random.Generator(np.random.PCG64(5))
cases = []
for name, n, share in [('even', 200, 0.5), ('few treated', 150, 0.2), ('many treated', 150, 0.8), ('ties', 200, 0.5), ('reversed', 120, 0.5)]:
    t = (g.random(n) < share).astype(int)
    tau = 0.3 * g.random(n)
    y = (g.random(n) < 0.2 + t * tau).astype(int)
    s = tau + 0.1 * g.standard_normal(n)
    if name == 'ties':
        s = np.round(s * 8) / 8
    if name == 'reversed':
        s = -tau
    s = np.round(s, 9)
    case = dict(name=name, score=s.tolist(), treated=t.tolist(), outcome=y.tolist())
    case.update(qini=qini_auc_score(y, s, t))
    if name != 'ties':  # people of one score are in the order of the file there, and are taken at once here
        assert len(np.unique(s)) == n
        frame = pd.DataFrame(dict(s=s, y=y, w=t))
        how = dict(outcome_col='y', treatment_col='w', normalize=False)
        o = np.argsort(-s, kind='stable')
        k = np.arange(1, n + 1)
        nt = np.cumsum(t[o])
        nc = k - nt
        yt, yc = np.cumsum(y[o] * t[o]), np.cumsum(y[o] * (1 - t[o]))
        q = yt - yc * nt / np.maximum(nc, 1)
        u = (yt / np.maximum(nt, 1) - yc / np.maximum(nc, 1)) * k / n
        case.update(
            upliftAt30=float(uplift_at_k(y, s, t, strategy='overall', k=0.3)),
            causalmlAuuc=float(auuc_score(frame, **how)['s']),
            causalmlQini=float(qini_score(frame, **how)['s']),
            qiniPerPerson=float((q - q[-1] * k / n).sum() / n / n),
            auuc=float(u.mean()),
        )
    cases.append(case)
version = importlib.metadata.version
peers = {name: version(name) for name in ('scikit-uplift', 'causalml')}
with open(sys.argv[1], 'w') as out:
    json.dump(dict(peers=peers, cases=cases), out)

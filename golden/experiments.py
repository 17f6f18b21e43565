"""Golden values of src/experiments: power and sizes, cluster-robust errors, regression adjustment.

Run: python golden/experiments.py > golden/experiments.json   (statsmodels 0.15.0, numpy, scipy)
"""
import json

import numpy as np
import statsmodels
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.power import NormalIndPower, TTestIndPower, normal_power_het, normal_sample_size_one_tail

power = []
for mean, sd, effect, alpha, wanted, ratio in [
    (0.1, None, 0.02, 0.05, 0.8, 1), (0.1, None, -0.01, 0.05, 0.9, 1), (0.02, None, 0.004, 0.01, 0.8, 4),
    (0.5, None, 0.05, 0.1, 0.95, 0.5), (20, 45, 1, 0.05, 0.8, 1), (20, 45, -2, 0.01, 0.9, 3), (5, 1, 0.02, 0.05, 0.8, 1),
]:
    v0 = sd**2 if sd else mean * (1 - mean)
    v1 = sd**2 if sd else (mean + effect) * (1 - mean - effect)
    # normal_sample_size_one_tail takes the deviation of the difference for one control member
    spread = np.sqrt(v0 + v1 / ratio)
    control = normal_sample_size_one_tail(abs(effect), wanted, alpha / 2, std_null=spread, std_alternative=spread)
    row = dict(mean=mean, sd=sd, effect=effect, alpha=alpha, power=wanted, ratio=ratio, control=float(control))
    at = normal_power_het(abs(effect), 1000, alpha, std_null=spread, std_alternative=spread)
    row["powerAt"] = float(at[0] if isinstance(at, tuple) else at)
    if sd:
        row["normal"] = float(NormalIndPower().solve_power(abs(effect) / sd, alpha=alpha, power=wanted, ratio=ratio))
        row["student"] = float(TTestIndPower().solve_power(abs(effect) / sd, alpha=alpha, power=wanted, ratio=ratio))
    power.append(row)

draw = np.random.default_rng(7)
rows = 240
cluster = draw.integers(0, 40, rows)
arm = (cluster % 2).astype(int)
level = draw.normal(0, 2, 40)
x = np.round(draw.normal(10, 3, rows), 6)
y = np.round(5 + 0.6 * x + 1.5 * arm + level[cluster] + draw.normal(0, 2, rows), 6)
design = sm.add_constant(arm.astype(float))
# each arm's mean over its clusters by its own factor m / (m - 1), as two models of one arm each
clusters = {}
for k in (0, 1):
    own = arm == k
    fit = sm.OLS(y[own], np.ones(own.sum())).fit(
        cov_type="cluster", cov_kwds=dict(groups=cluster[own], use_correction=False))
    m = len(set(cluster[own]))
    clusters[str(k)] = dict(mean=float(fit.params[0]), clusters=m, variance=float(fit.cov_params()[0, 0] * m / (m - 1)))
adjusted = sm.OLS(y, np.column_stack([design, x - x.mean()])).fit()
plain = sm.OLS(y, design).fit(cov_type="HC2")
interaction = stats.chi2.sf(7.3, 3)
print(json.dumps(dict(
    peer=f"statsmodels {statsmodels.__version__}",
    command="python golden/experiments.py > golden/experiments.json",
    power=power,
    clusters=dict(rows=[[int(a), int(b), float(c), float(d)] for a, b, c, d in zip(arm, cluster, x, y)], arms=clusters),
    welch=dict(difference=float(plain.params[1]), standardError=float(plain.bse[1])),
    chiSquare=dict(x=7.3, freedom=3, p=float(interaction)),
), indent=1))

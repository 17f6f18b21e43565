"""Answers of scikit-learn and SciPy for src/learners/linear: `python golden/linear.py > golden/linear.json`."""
import json
import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge
from sklearn.svm import SVC, LinearSVC

g = np.random.Generator(np.random.PCG64(7))
X = np.round(g.standard_normal((80, 4)), 3)
z = X @ np.array([1.0, -0.7, 0.0, 0.2]) + 0.8 * g.standard_normal(80)
binary = (z > 0.2).astype(int)
three = np.digitize(z, [-0.6, 0.7])
amount = np.round(2 + 3 * z, 3)
weights = np.round(0.5 + g.random(80), 3)


def logistic(y, l1, l2, weight=None):
    strength = l1 + l2
    m = LogisticRegression(C=1 / strength, l1_ratio=l1 / strength, solver="saga" if l1 else "lbfgs", tol=1e-12, max_iter=1_000_000)
    m.fit(X, y, sample_weight=weight)
    return dict(coefficients=m.coef_.tolist(), intercepts=m.intercept_.tolist(), chances=m.predict_proba(X)[:5].tolist())


def ordinal(l2):
    def loss(v):
        b, c = v[:4], np.cumsum(np.concatenate([[v[4]], np.exp(v[5:])]))
        ends = np.concatenate([[-np.inf], c, [np.inf]])
        eta = X @ b
        s = lambda t: 1 / (1 + np.exp(-t))
        return -np.log(s(ends[three + 1] - eta) - s(ends[three] - eta)).sum() + 0.5 * l2 * (b @ b)

    m = minimize(loss, np.zeros(6), method="BFGS", options=dict(gtol=1e-9))
    m = minimize(loss, m.x, method="Nelder-Mead", options=dict(xatol=1e-11, fatol=1e-14, maxiter=100_000, maxfev=100_000))
    return dict(coefficients=m.x[:4].tolist(), cuts=np.cumsum([m.x[4], np.exp(m.x[5])]).tolist())


def regression(m, weight=None):
    m.fit(X, amount, sample_weight=weight)
    return dict(coefficients=m.coef_.tolist(), intercept=float(m.intercept_))


def hinge(l2):
    # A large scale of the intercept frees it of the penalty, as here.
    m = LinearSVC(C=1 / l2, dual=False, intercept_scaling=1e4, tol=1e-12, max_iter=1_000_000).fit(X, binary)
    return dict(coefficients=m.coef_[0].tolist(), intercept=float(m.intercept_[0]))


def radial(l2, gamma):
    m = SVC(C=1 / l2, gamma=gamma, tol=1e-9).fit(X, binary)
    return dict(scores=m.decision_function(X).tolist())


print(json.dumps(dict(
    about="linear learners, no standardisation; l1 and l2 beside the summed loss; of two classes scikit-learn penalises the difference",
    peer=f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}",
    command="python golden/linear.py > golden/linear.json",
    tolerance=1e-5,
    rows=X.tolist(), binary=binary.tolist(), three=three.tolist(), amount=amount.tolist(), weights=weights.tolist(),
    answers=dict(
        binary=dict(l1=0, l2=2, **logistic(binary, 0, 2)),
        binaryWeighted=dict(l1=0, l2=1, **logistic(binary, 0, 1, weights)),
        binaryElastic=dict(l1=3, l2=1, **logistic(binary, 3, 1)),
        threeElastic=dict(l1=2, l2=1, **logistic(three, 2, 1)),
        ordinal=dict(l2=1, **ordinal(1)),
        ridge=dict(l1=0, l2=5, **regression(Ridge(alpha=5), weights)),
        elastic=dict(l1=8, l2=4, **regression(ElasticNet(alpha=12 / 80, l1_ratio=8 / 12, tol=1e-14, max_iter=1_000_000))),
        hinge=dict(l2=2, **hinge(2)),
        radial=dict(l2=0.5, gamma=0.2, **radial(0.5, 0.2)),
    ),
)))

"""Code to take home: the tuned adjuster in NumPy, in PyTorch, and as our estimator.

Each text stands alone, defines what its last line calls, and gives the page's predictions; the
tests run them.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from app.adjust.adjusters import ADJUSTERS, AdjusterName, Parameters, Setup
from app.adjust.rules import log_target_prior, positive_counts
from app.data.words import plain

_CALLS = {
    "mla": ("MultiplicativeLogitAdjustment", ("center",)),
    "ala": ("AdditiveLogitAdjustment", ("target_prior",)),
    "1vs1": ("OneVsOneAdjustment", ("ties", "center")),
    "tau-norm": ("TauNormalization", ()),
    "vs": ("VectorScaling", ("center",)),
    "temperature": ("TemperatureScaling", ()),
}

_DUELS = '''
psi = {psi}
size = {xp}.log(class_counts) * gamma{norm_term}
theta = psi / (1 + {xp}.exp(size[:, None] - size[None, :]))  # boundary angle from class i
flat = {xp}.sin(psi) < 1e-9  # parallel or opposite vectors: compare logits
kappa = {xp}.where(flat, {one}, {xp}.sin(psi) * {xp}.cos({theta_t}))


def adjust(logits):
    """Votes (N, K) of logits (N, K), half a vote more for the winner of a tie."""
    z = {as_float}{center}{unit}
    votes = {xp}.stack([(row[:, None] * kappa > row[None, :] * kappa.T).sum(1) for row in z])
    votes = {votes_float}
    top = votes == {votes_max}
    for i in {xp}.where(top.sum(1) > 1)[0].tolist():
        votes[i, winner(z[i], {xp}.where(top[i])[0])] += 0.5
    return votes


def winner(z, tied):
    """Which of the tied classes wins: {tie_words}."""
    tied = tied[{xp}.argsort(-class_counts[tied], {stable})]
{tie_body}'''

_TIE_MARGIN = """    pair, p = (tied[:, None], tied[None, :]), psi[tied[:, None], tied[None, :]]
    alpha = {xp}.arctan2((z[pair[1]] - z[pair[0]] * {xp}.cos(p)) / {xp}.sin(p), z[pair[0]])
    share = {xp}.where(alpha > 0, alpha, alpha + {pi}) / p
    lead = size[pair[1]] - size[pair[0]] - {xp}.log({clip})
    decided = {xp}.where(flat[pair[0], pair[1]], z[pair[0]] > z[pair[1]], alpha <= 0)
    margin = {xp}.where(decided, {inf}, -{inf})
    turning = ~flat[pair[0], pair[1]]
    margin = {xp}.where(turning & (alpha > 0) & (alpha < p), lead, margin)
    margin = {xp}.where(turning & (alpha < p - {pi}), -lead, margin)
    margin[range(len(tied)), range(len(tied))] = {inf}
    return tied[{margin_min}.argmax()]
"""

_TIE_HEAD = """    return tied[0]
"""


def numpy_code(name: AdjusterName, parameters: Parameters, setup: Setup, comment: str = "") -> str:
    """Return NumPy code whose ``adjust(logits)`` gives the adjuster's scores.

    Parameters
    ----------
    name : str
    parameters : dict
        Tuned values.
    setup : Setup
        What else the adjuster uses; written into the code.
    comment : str
        One line about where the values come from.
    """
    return _code("np", name, parameters, setup, comment)


def torch_code(name: AdjusterName, parameters: Parameters, setup: Setup, comment: str = "") -> str:
    """Return the same as `numpy_code` for PyTorch tensors."""
    return _code("torch", name, parameters, setup, comment)


def estimator_code(
    name: AdjusterName, parameters: Parameters, setup: Setup, comment: str = ""
) -> str:
    """Return the call of our estimator with the tuned values."""
    if name == "raw":
        return numpy_code(name, parameters, setup, comment)
    call, options = _CALLS[name]
    given = {**parameters, **{o: getattr(setup, o) for o in options}}
    if isinstance(given.get("target_prior"), np.ndarray):
        given["target_prior"] = given["target_prior"].tolist()
    arguments = ", ".join(f"{key}={_source(value)}" for key, value in given.items())
    extra = {
        "tau-norm": ("weight_norms", "bias"),
        "1vs1": ("weights", "feature_norms"),
    }.get(name, ())
    fit = "".join(
        f", {key}=np.array({_list(value)})"
        for key in extra
        if (value := getattr(setup, key)) is not None
    )
    return (
        _header("import numpy as np\n\nfrom app.adjust import " + call, comment)
        + f"class_counts = np.array({_list(setup.class_counts)})\n"
        + f"adjuster = {call}({arguments})\n"
        + f"adjuster.fit(logits, labels, class_counts=class_counts{fit})\n"
        + "adjust = adjuster.decision_function\n"
    )


def _code(xp: str, name: AdjusterName, parameters: Parameters, setup: Setup, comment: str) -> str:
    imports = "import numpy as np" if xp == "np" else "import torch"
    lines = [_header(imports, comment)]
    if name not in ("raw", "temperature", "tau-norm"):
        what = "training samples of each class"
        lines.append(f"class_counts = {_array(xp, setup.class_counts)}  # {what}\n")
    lines += [f"{key} = {value!r}\n" for key, value in parameters.items()]
    body = _duels(xp, setup) if name == "1vs1" else _affine(xp, name, setup)
    return "".join(lines) + body


def _header(imports: str, comment: str) -> str:
    """Imports and a comment, which may hold the name of a file: no line of it is code."""
    lines = (plain(line, 200) for line in comment.splitlines())
    return f"{imports}\n\n" + "".join(f"# {line}\n" for line in lines)


def _affine(xp: str, name: AdjusterName, setup: Setup) -> str:
    """Constants and the function of an affine rule."""
    constants = ""
    share = f"{xp}.log(class_counts / class_counts.sum())"
    score = {
        "raw": "z",
        "mla": "z * (class_counts / class_counts.max()) ** -gamma",
        "ala": f"z - tau * {share}",
        "vs": f"z * (class_counts / class_counts.max()) ** -gamma - tau * {share}",
        "temperature": "z / temperature",
        "tau-norm": "(z - bias) / weight_norms**tau",
    }[name]
    if name == "ala" and setup.target_prior is not None:
        prior = log_target_prior(positive_counts(setup.class_counts), setup.target_prior)
        constants = f"log_target = {_array(xp, prior)}  # of the class shares at test time\n"
        score += " + log_target"
    if name == "tau-norm":
        bias = np.zeros(len(setup.groups)) if setup.bias is None else setup.bias
        constants = f"weight_norms = {_array(xp, setup.weight_norms)}\nbias = {_array(xp, bias)}\n"
    centred = setup.center and name in ("mla", "vs")
    return (
        f"{constants}\n\ndef adjust(logits):\n"
        f'    """Scores (N, K) of logits (N, K); the largest is the prediction."""\n'
        f"    z = {_as_float(xp)}{_center(xp) if centred else ''}\n"
        f"    return {score}\n"
    )


def _duels(xp: str, setup: Setup) -> str:
    """Constants and functions of the 1vs1adjuster."""
    duels = setup.duels
    num_classes = duels.counts.size
    constants = ""
    if setup.weights is None:
        full = "np.full" if xp == "np" else "torch.full"
        kind = "" if xp == "np" else ", dtype=torch.float64"
        psi = f"{full}(({num_classes}, {num_classes}), {float(duels.psi[0, 0])!r}{kind})"
    else:
        psi = _array(xp, duels.psi)
        constants += f"vector_norms = {_array(xp, duels.scale)}\n"
    if setup.feature_norms is not None:
        constants += f"feature_norms = {_array(xp, duels.feature_norms)}\n"
    inf = "np.inf" if xp == "np" else "torch.inf"
    one = "1.0"
    words = {
        "xp": xp,
        "psi": psi,
        "norm_term": "" if setup.feature_norms is None else f" + {xp}.log(feature_norms)",
        "one": one,
        "theta_t": "theta.T",
        "as_float": _as_float(xp),
        "center": _center(xp) if setup.center else "",
        "unit": "" if setup.weights is None else "\n    z = z / vector_norms",
        "votes_float": "votes.astype(float)" if xp == "np" else "votes.double()",
        "votes_max": "votes.max(axis=1, keepdims=True)"
        if xp == "np"
        else "votes.amax(1, keepdim=True)",
        "stable": 'kind="stable"' if xp == "np" else "stable=True",
        "pi": f"{xp}.pi",
        "inf": inf,
        "clip": "share / (1 - share)",
        "margin_min": "margin.min(axis=1)" if xp == "np" else "margin.amin(1)",
        "tie_words": "the most frequent"
        if setup.ties == "head"
        else "the best in its worst duel among them",
    }
    tie = _TIE_HEAD if setup.ties == "head" else _TIE_MARGIN.format(**words)
    if xp == "np" and setup.ties != "head":
        tie = _indented_under('    with np.errstate(divide="ignore", invalid="ignore"):\n', tie)
    return constants + _DUELS.format(**words, tie_body=tie).lstrip("\n")


def _indented_under(opening: str, text: str) -> str:
    return opening + "".join(f"    {line}\n" for line in text.splitlines())


def _as_float(xp: str) -> str:
    if xp == "np":
        return "np.asarray(logits, dtype=np.float64)"
    return "torch.as_tensor(logits, dtype=torch.float64)"


def _center(xp: str) -> str:
    axis = "axis=1, keepdims=True" if xp == "np" else "1, keepdim=True"
    return f"\n    z = z - z.mean({axis})"


def _array(xp: str, values: Any) -> str:
    if xp == "np":
        return f"np.array({_list(values)}, dtype=np.float64)"
    return f"torch.tensor({_list(values)}, dtype=torch.float64)"


def _source(value: object) -> str:
    """A parameter or option as Python source."""
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _list(values: ArrayLike) -> str:
    """Numbers as Python source; counts without a decimal point."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == 1 and (array == np.rint(array)).all():
        return repr([int(v) for v in array])
    return repr(array.tolist())


def takes_code(name: AdjusterName) -> bool:
    """Whether there is anything to take home."""
    return bool(ADJUSTERS[name].parameters)

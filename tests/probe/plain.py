"""One head trained alone as anybody would write it: autograd, `torch.optim.SGD`, a loss."""

import math

import numpy as np
import torch
from torch.nn.functional import normalize

from app.losses import LOSSES
from app.losses.weights import class_balanced_weights
from app.probe.sampling import epoch_rows


class Linear(torch.nn.Module):
    def __init__(self, W, b, scale):
        super().__init__()
        self.W, self.b = torch.nn.Parameter(W.clone()), torch.nn.Parameter(b.clone())

    def forward(self, x):
        return x @ self.W.T + self.b


class Cosine(torch.nn.Module):
    def __init__(self, W, b, scale):
        super().__init__()
        self.W, self.scale = torch.nn.Parameter(W.clone()), scale

    def forward(self, x):
        return self.scale * normalize(x, dim=1) @ normalize(self.W, dim=1).T


class Scaled(torch.nn.Module):
    def __init__(self, W, b, scale):
        super().__init__()
        self.first, self.c = (W, b), torch.nn.Parameter(torch.ones_like(b))

    def forward(self, x):
        W, b = self.first
        return self.c * (x @ W.T + b)


class Gated(torch.nn.Module):
    """The paper's form, c (alpha z + beta) + (1 - c) z, with alpha = 1 + s."""

    def __init__(self, W, b, scale):
        super().__init__()
        self.first = W, b
        self.s = torch.nn.Parameter(torch.zeros_like(b))
        self.beta = torch.nn.Parameter(torch.zeros_like(b))
        self.gate = torch.nn.Linear(W.shape[1], 1).to(W.dtype)
        torch.nn.init.zeros_(self.gate.weight)
        torch.nn.init.zeros_(self.gate.bias)

    def forward(self, x):
        W, b = self.first
        z, c = x @ W.T + b, torch.sigmoid(self.gate(x))
        return c * ((1 + self.s) * z + self.beta) + (1 - c) * z


KINDS = {"linear": Linear, "cosine": Cosine, "scaled": Scaled, "gated": Gated}


def train(candidate, spec, rows, counts, start, first, seed):
    """Return the trained module."""
    method, dtype = candidate.method, getattr(torch, spec.dtype)
    X, y = torch.tensor(rows.features, dtype=dtype), torch.tensor(rows.labels)
    begin = first if method.head in ("scaled", "gated") else start
    W, b = torch.tensor(begin.weights, dtype=dtype), torch.tensor(begin.bias, dtype=dtype)
    module = KINDS[method.head](W, b, method.scale)
    optimizer = torch.optim.SGD(groups(module, candidate), lr=1.0, momentum=spec.momentum)
    for epoch in range(spec.epochs):
        for group in optimizer.param_groups:
            rate = 1 if spec.schedule == "constant" else cosine(epoch / spec.epochs)
            group["lr"] = candidate.learning_rate * rate
        objective = loss(method, spec, counts, epoch)
        order = torch.tensor(epoch_rows(rows.labels, method.sampler, seed, epoch))
        for part in order.split(spec.batch_size):
            optimizer.zero_grad()
            objective(module(X[part]), y[part]).backward()
            optimizer.step()
        if method.max_norm is not None:
            limit(module.W, first.weights, method.max_norm)
    return module


def groups(module, candidate):
    decay, free = candidate.weight_decay, not candidate.method.recipe.bias_decays
    return [
        {"params": [p], "weight_decay": 0.0 if free and name == "b" else decay}
        for name, p in module.named_parameters()
    ]


def cosine(share):
    return (1 + math.cos(math.pi * share)) / 2


def loss(method, spec, counts, epoch):
    parameters = dict(method.parameters)
    parameters |= {name: getattr(spec, setting) for name, setting in method.settings.items()}
    function = LOSSES[method.loss]
    if not (method.late and epoch >= round(method.deferral * spec.epochs)):
        return lambda z, y: function(z, y, counts, **parameters)
    weights = class_balanced_weights(counts, **method.late)
    weights = torch.tensor(weights * counts.sum() / (counts @ weights))

    def weighted(z, y):
        each = function(z, y, counts, **parameters, reduction="none")
        return (weights.to(z.dtype)[y] * each).mean()

    return weighted


@torch.no_grad()
def limit(W, first, share):
    norms = np.linalg.norm(first, axis=1)
    radius = norms.min() + share * (norms.max() - norms.min())
    for row in W:
        if row.norm() > radius:
            row *= radius / row.norm()

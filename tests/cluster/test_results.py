"""What a cluster computes is what this process computes, to the last bit."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from app.centers import CentersSpec
from app.centers import run as run_centers
from app.cli import app
from app.cluster import (
    VARIABLE,
    Cluster,
    cluster_at,
    clustered,
    compute_on,
    device_on,
    on_gpu_worker,
)
from app.data.bundled import load_features
from app.errors import UserError
from app.probe import ProbeSpec, own_data
from app.probe import run as run_probe
from app.runs import Runner, RunStore, read_run
from app.ufm import UFMSpec, observe
from app.ufm.sweep import SweepSpec, run_sweep
from tests.cluster.same import assert_same

SAMPLES = UFMSpec(counts=(30, 20, 10), dim=4, per_sample=True, steps=300)


@pytest.mark.parametrize(
    "fields", [{"size": 16}, {"size": 6, "dim": 4, "bias": True}, {"profile": "exponential"}]
)
def test_a_sweep(cluster, fields):
    spec = SweepSpec(**fields)
    assert assert_same(compute_on(cluster, spec), run_sweep(spec)) >= 3


@pytest.mark.parametrize(
    "fields", [{"seeds": 3}, {"seeds": 2, "methods": ("stage1", "crt", "disalign")}]
)
def test_a_comparison(cluster, one_thread, fields):
    spec = ProbeSpec(data="digits-lt", epochs=2, **fields)
    assert_same(compute_on(cluster, spec), run_probe(spec))
    assert device_on(cluster, spec) == "cpu"


def test_a_comparison_on_features_of_ones_own(cluster, one_thread):
    data = own_data(load_features("digits-lt"))
    spec = ProbeSpec(data=data.name, epochs=2, seeds=2, ratio=5.0, methods=("ce", "posthoc-la"))
    assert_same(compute_on(cluster, spec, data), run_probe(spec, data))


def test_features_too_large_to_be_sent_for_every_seed_go_once(cluster, one_thread, monkeypatch):
    monkeypatch.setattr("app.cluster.engines._MOST_SENT", 1)
    asked = []
    streams = cluster.streams
    monkeypatch.setattr(cluster, "streams", lambda s, r: asked.append(len(s)) or streams(s, r))
    data = own_data(load_features("digits-lt"))
    spec = ProbeSpec(data=data.name, epochs=1, seeds=3, methods=("ce",))
    assert_same(compute_on(cluster, spec, data), run_probe(spec, data))
    assert asked == [1]


@pytest.mark.parametrize("spec", [UFMSpec(steps=2_000), SAMPLES])
def test_a_model(cluster, spec):
    assert_same(compute_on(cluster, spec), observe(spec))
    assert device_on(cluster, spec) == "cpu"


def test_a_model_of_centers(cluster):
    spec = CentersSpec()
    assert_same(compute_on(cluster, spec), run_centers(spec))


def test_what_cannot_be_computed_is_refused_as_it_is_here(cluster):
    spec = ProbeSpec(data="nothing", methods=("ce",))
    with pytest.raises(UserError, match="the feature set must be one of"):
        compute_on(cluster, spec)
    spec = SAMPLES.model_copy(update={"device": "cuda"})
    with pytest.raises(UserError, match="device must be 'auto' or 'cpu'"):
        list(compute_on(cluster, spec))


def test_the_command_line_stores_the_same_run(lab, tmp_path):
    runs = []
    for name, options in (("here", ()), ("there", ("--scheduler", lab.address))):
        out = tmp_path / f"{name}.safetensors"
        command = ["sweep", "-", "--out", str(out), *options]
        result = CliRunner().invoke(app, command, input=json.dumps({"size": 9}))
        assert result.exit_code == 0, result.stderr
        assert result.stderr == ("" if name == "here" else "Cluster: 2 workers\n")
        runs.append(read_run(out))
    here, there = runs
    assert here.spec.id == there.spec.id
    assert here.arrays.keys() == there.arrays.keys()
    for name, array in here.arrays.items():
        np.testing.assert_array_equal(there.arrays[name], array, err_msg=name)


def test_a_server_sends_what_its_operator_says(lab, tmp_path, monkeypatch):
    spec = SweepSpec(size=6)
    assert clustered(run_sweep) is run_sweep
    assert not on_gpu_worker(SAMPLES)
    monkeypatch.setenv(VARIABLE, lab.address)
    assert on_gpu_worker(SAMPLES)
    assert not on_gpu_worker(UFMSpec())
    with Runner(RunStore(tmp_path), workers=1) as runner:
        job = runner.submit(spec, clustered(run_sweep))
        assert job.wait(60) == "done"
    stored = RunStore(tmp_path).load(spec.id)
    *_, last = run_sweep(spec)
    np.testing.assert_array_equal(stored.arrays["border"], last.arrays["border"])
    cluster_at(lab.address).close()


def test_without_its_cluster_a_server_trains_here_what_can_be(monkeypatch):
    monkeypatch.setenv(VARIABLE, "tcp://127.0.0.1:1")
    monkeypatch.setattr("app.cluster.cluster._CONNECT_SECONDS", 0.3)
    assert not on_gpu_worker(SAMPLES)
    with pytest.raises(UserError, match="no scheduler answered"):
        on_gpu_worker(SAMPLES.model_copy(update={"device": "cuda"}))


def test_several_threads_share_a_connection(lab):
    cluster = Cluster(lab.address)
    specs = [SweepSpec(size=5, tail_count=n) for n in (2, 3, 4)]
    with Runner(workers=3) as runner:
        jobs = [runner.submit(spec, lambda s: compute_on(cluster, s)) for spec in specs]
        assert [job.wait(60) for job in jobs] == ["done"] * 3
    for spec, job in zip(specs, jobs, strict=True):
        *_, last = run_sweep(spec)
        np.testing.assert_array_equal(job.run.arrays["objective"], last.arrays["objective"])
    cluster.close()

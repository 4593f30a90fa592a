"""What ships for those who host the app: a container, two servers behind nginx, other hosts."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from app.runs.store import LOCAL_VARIABLE
from app.ui.gate import HEADERS
from app.ui.modules import DIGEST
from tests.faults import disks
from tests.faults.server import ROOT, Server
from tests.faults.training import assert_works, link
from tests.faults.visitor import Visitor, ask
from tests.proxy import recipe


def test_the_linter_of_dockerfiles_has_nothing_to_say():
    beside = Path(sys.executable).with_name("hadolint")
    linter = shutil.which("hadolint") or (beside if beside.exists() else None)
    if linter is None:
        pytest.skip("no hadolint here: it has no build for this platform")
    done = subprocess.run([linter, recipe.DOCKERFILE], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_is_of_exact_versions():
    bases = recipe.of("FROM")
    assert len(bases) == 2
    assert all(re.match(r"python:3\.\d+\.\d+-slim-[a-z]+( AS \w+)?$", base) for base in bases)
    (install,) = [rest for rest in recipe.of("RUN") if "pip install" in rest]
    assert "-r requirements.txt" in install
    assert "-c constraints.txt" in install


def test_the_image_runs_as_nobody_special_and_fetches_nothing_itself():
    said = recipe.instructions()
    (user,) = recipe.of("USER")
    assert int(user) >= 10_000
    assert [each.name for each in said].index("USER") < [each.name for each in said].index("CMD")
    assert not recipe.of("ADD")
    hosts = set(re.findall(r"https?://([^/:'\"\s]+)", recipe.DOCKERFILE.read_text()))
    assert hosts == {"127.0.0.1"}
    assert recipe.of("HEALTHCHECK")[0].count("/_stcore/health") == 1


def test_what_is_copied_is_there_and_is_sent_to_the_builder():
    assert set(recipe.sources()) == recipe.let_in()
    assert all((ROOT / name).exists() for name in recipe.sources())


@pytest.mark.slow
def test_the_files_of_the_image_are_enough(tmp_path):
    """Laid out as the image has them, with its variables and on a read-only disk, every page
    opens and a run is kept in the volume."""
    (lab := tmp_path / "lab").mkdir()
    recipe.build(lab)
    (data := tmp_path / "data").mkdir()
    before = disks.seeing(disks.full(data, "256m"), "mount -o remount,bind,ro /")
    environment = recipe.environment(data) | {"TMPDIR": str(data), "PYTHONPATH": ""}
    runs = Path(environment[LOCAL_VARIABLE])
    with Server(tmp_path, runs, before=before, environment=environment, root=lab) as server:
        visitor = Visitor(server.url)
        for page in sorted((lab / "pages").glob("*.py")):
            visitor.open("" if page.stem == "start" else page.stem, timeout=120)
            assert not visitor.says("Sorry")
        assert_works(visitor, disks.inside(server.process.pid, runs), seed=5)
        assert "Traceback" not in server.logged()


def test_the_two_servers_are_those_that_nginx_knows():
    compose = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    services = compose["services"]
    nginx = services.pop("nginx")
    named = set(re.findall(r"server (\w+):8501 ", nginx["environment"]["SERVERS"]))
    assert named == set(services)
    assert set(nginx["environment"]) == _values_of_the_configuration()
    for service in services.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["volumes"] == ["data:/data"]
    (mounted,) = nginx["volumes"]
    assert (ROOT / "deploy" / mounted.partition(":")[0]).exists()


def _values_of_the_configuration():
    text = (ROOT / "deploy" / "nginx.conf.template").read_text()
    return set(re.findall(r"\$\{([A-Z]+)\}", text))


def test_uploads_pass_nginx_up_to_the_limit_of_the_app():
    config = (ROOT / ".streamlit" / "config.toml").read_text()
    (limit,) = re.findall(r"maxUploadSize = (\d+)", config)
    compose = (ROOT / "deploy" / "compose.yaml").read_text()
    assert f"UPLOAD: {int(limit) + 1}m" in compose


def test_a_host_that_knows_only_the_command_of_streamlit(tmp_path):
    """`streamlit run deploy/streamlit_app.py`, as Community Cloud does: the same app."""
    streamlit = Path(sys.executable).with_name("streamlit")
    command = [str(streamlit), "run", "deploy/streamlit_app.py", "--server.address=127.0.0.1"]
    with Server(
        tmp_path, command=command, port_option="--server.port", environment={"PYTHONPATH": ""}
    ) as server:
        visitor = Visitor(server.url)
        visitor.open("collapse", link(seed=1))
        assert "Run" in visitor.widgets
        assert not visitor.alerts
        answer, _ = ask(server.url, "GET", "/")
        assert set(HEADERS) <= {name.lower() for name in answer.headers}
        assert ask(server.url, "GET", f"/assets/{DIGEST}/player.js")[0].status == 200
        assert "Traceback" not in server.logged()

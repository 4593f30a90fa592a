# Collapse Lab as a container: no root, a root file system that may be read-only, one volume.
#
#   docker build -t collapse-lab .
#   docker run --read-only --tmpfs /tmp -v collapse-lab:/data -p 127.0.0.1:8501:8501 collapse-lab
#
# pip asks the index that the builder configures (--build-arg PIP_INDEX_URL or PIP_EXTRA_INDEX_URL).
# Where the app is to run on processors alone, name one that has PyTorch's CPU builds: any build of
# the pinned version satisfies constraints.txt, and the others bring gigabytes of CUDA.
FROM python:3.11.14-slim-bookworm AS packages
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
WORKDIR /build
COPY requirements.txt constraints.txt ./
RUN python -m venv /venv \
    && /venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        -r requirements.txt -c constraints.txt

FROM python:3.11.14-slim-bookworm
# HOME: Streamlit looks for its own settings there.
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/data \
    COLLAPSE_LAB_RUNS=/data/runs \
    NUMBA_CACHE_DIR=/data/compiled
RUN useradd --system --uid 10001 --no-create-home --home-dir /data lab \
    && install --directory --owner=lab /data /data/runs /data/compiled
COPY --from=packages /venv /venv
WORKDIR /lab
COPY .streamlit .streamlit
COPY assets assets
COPY cached_runs cached_runs
COPY app app
COPY pages pages
COPY LICENSE CITATION.cff ./
RUN ["python", "-m", "compileall", "-q", "app", "pages"]
USER 10001
# Compiled now, so that no start has to: a new named volume begins with what is here.
RUN ["python", "-c", "from app import adjust, ufm; adjust.warm_up(); ufm.warm_up()"]
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["python", "-m", "app", "serve", "--host", "0.0.0.0"]

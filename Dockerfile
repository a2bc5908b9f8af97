FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/peilian
WORKDIR /src
COPY requirements/base.txt requirements/base.txt
RUN /opt/peilian/bin/pip install --require-hashes -r requirements/base.txt
COPY pyproject.toml LICENSE ./
COPY bots bots
COPY core core
COPY training_plans training_plans
COPY knowledge knowledge
COPY lora lora
COPY ops ops
RUN /opt/peilian/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
ENV PATH=/opt/peilian/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PEILIAN_DATA_DIR=/var/lib/peilian \
    PEILIAN_HOST=0.0.0.0 \
    PEILIAN_PORT=8080
RUN useradd --system --uid 10001 --no-create-home --home-dir /var/lib/peilian peilian \
    && install -d -o peilian -g peilian /var/lib/peilian
COPY --from=build /opt/peilian /opt/peilian
USER peilian
WORKDIR /var/lib/peilian
VOLUME /var/lib/peilian
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PEILIAN_PORT\"]}/healthz', timeout=2)"]
ENTRYPOINT ["peilian"]
CMD ["serve"]

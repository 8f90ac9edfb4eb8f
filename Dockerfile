# The same steps as the Makefile's, from the same lock (tests/test_dockerfile.py compares them). The demo and what
# only tests need stay out: .dockerignore.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/byhand
COPY requirements.lock ./
RUN /opt/byhand/bin/python -m pip install --quiet --disable-pip-version-check --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE manifest.yml ./
COPY bot ./bot
RUN /opt/byhand/bin/python -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
# Settings, database and key file live in /data, which only this user reads.
RUN useradd --system --uid 10001 --user-group --home-dir /data --shell /usr/sbin/nologin byhand \
 && install -d -o byhand -g byhand -m 0700 /data
COPY --from=build /opt/byhand /opt/byhand
ENV PATH=/opt/byhand/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    BYHAND_CONFIG=/data/byhand.toml \
    BYHAND_DATABASE_URL=sqlite:////data/byhand.db \
    BYHAND_HOST=0.0.0.0 \
    BYHAND_PORT=8080
USER byhand
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['BYHAND_PORT']), timeout=4); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["byhand"]
CMD ["run"]

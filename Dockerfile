# syntax=docker/dockerfile:1

# Builds the virtual environment; compilers and MySQL headers stay behind in this stage.
FROM python:3.13-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        build-essential default-libmysqlclient-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /venv
COPY requirements/production.lock /tmp/production.lock
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes -r /tmp/production.lock

FROM python:3.13-slim-bookworm
# libmariadb3: what mysqlclient was linked to; mariadb-client: what `backup` and `restore` run.
# tini is not needed: compose runs its own init.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ffmpeg libmariadb3 mariadb-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin mercury
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=mercury.settings
WORKDIR /app
COPY . .
# The secrets are only for this command and are in no layer; uploads go to var/files, a volume.
RUN python -m compileall -q /app /venv \
    && SECRET_KEY=only-to-collect-static-files-at-build-time \
       ENCRYPTION_KEYS=build:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
       python manage.py collectstatic --noinput \
    && rm -rf var/broker \
    && mkdir -p var/files \
    && chown -R mercury:mercury var/files
USER mercury
EXPOSE 8000
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "mercury.wsgi"]

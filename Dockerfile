# Pages, API, worker, local warehouse and sandbox: one image, told apart by their command.
FROM node:22-alpine AS pages
WORKDIR /ui
COPY ui/package.json ui/package-lock.json ui/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY ui ./
RUN npm run build

FROM python:3.12-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/app
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY orchestrator orchestrator
COPY workers workers
COPY api api
COPY sojourn sojourn
COPY migrations migrations
COPY examples examples
COPY --from=pages /ui/dist ui/dist
RUN useradd --uid 10001 --no-create-home sojourn && mkdir /data && chown sojourn /data
USER 10001
ENV SOJOURN_HOME=/data
VOLUME /data
ENTRYPOINT ["python", "-m", "sojourn.cli"]
CMD ["--help"]

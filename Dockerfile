# Polldock and its Flowdock sandbox in one image. The sources are run as they are; only the Prisma client is generated.
ARG NODE=node:24.21.0-slim

FROM ${NODE} AS generated
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY prisma prisma
RUN npm run db:generate

FROM ${NODE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
COPY docker/prune.ts docker/prune.ts
# Optional ones too: nothing needs them, and one of them is Prisma's command line, of 250 MB.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && node docker/prune.ts

FROM ${NODE} AS program
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE ./
COPY public public
COPY views views
COPY prisma prisma
COPY src src
COPY --from=generated /app/src/database/generated src/database/generated
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3300 DATA_DIR=/data

# Starts it once, as the user that will run it: Node's cache of compiled scripts is made for one user and one path.
FROM program AS compiled
COPY docker/compile.ts docker/compile.ts
USER node
# Node lets only that user read the files, and they shall belong to root.
RUN NODE_COMPILE_CACHE=/tmp/compiled node docker/compile.ts && chmod --recursive a+rX /tmp/compiled

FROM program
ARG VERSION=0.1.0
ARG REVISION
LABEL org.opencontainers.image.title="Polldock" \
      org.opencontainers.image.description="A poll app that lives in the browser and in the team chat at once" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The embedded database, where there is no DATABASE_URL: mount a volume there.
RUN install --directory --owner=node --group=node --mode=700 /data
# Only read: compiled scripts make the start faster by half a second of processor time.
COPY --from=compiled --chown=root:root /tmp/compiled /app/compiled
ENV NODE_COMPILE_CACHE=/app/compiled
# glibc returns freed memory to the system, such as that of the compiler of WebAssembly.
# The second variable keeps what the first one would switch off: large blocks are reused without asking the system.
ENV MALLOC_TRIM_THRESHOLD_=4194304 MALLOC_MMAP_THRESHOLD_=33554432
USER node
EXPOSE 3300
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/main.ts"]

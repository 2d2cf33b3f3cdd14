# The server and the command line, for SQLite and PostgreSQL: docs/operate/containers.md.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
# The second is the documentation, which the server shows at /docs.
RUN npm run build && npm run docs:site
# PostgreSQL's driver, and what checks imported argon2 and bcrypt, are optional peers; the lock file
# says which. All else that is not needed goes.
RUN npm pkg delete devDependencies.pg peerDependencies.pg \
    devDependencies.hash-wasm peerDependencies.hash-wasm \
  && npm pkg set "dependencies.pg=^8.0.0" "dependencies.hash-wasm=^4.12.0" \
  && npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
  KEYTURN_HOST=0.0.0.0 \
  KEYTURN_PORT=8787 \
  KEYTURN_DATABASE=sqlite:/data/keyturn.db
COPY --from=build /build/package.json /opt/keyturn/package.json
COPY --from=build /build/node_modules /opt/keyturn/node_modules
COPY --from=build /build/dist /opt/keyturn/dist
RUN ln -s /opt/keyturn/dist/cli/main.js /usr/local/bin/keyturn \
  && install -d -o 10001 -g 10001 -m 0700 /data
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8787
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "const { KEYTURN_HOST: host = '', KEYTURN_PORT: port, KEYTURN_BASE_PATH: base = '' } = process.env; const own = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host); fetch(`http://${own}:${port}${base}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1));"]
ENTRYPOINT ["keyturn"]
CMD ["serve"]

#!/bin/bash
# with-engine.sh COMMAND…: runs a command next to a container engine that sees nothing of this machine's own. The engine has its own
# mounts, processes and network. All of them end with the command, and its folder is removed. The command finds `docker`
# in its PATH, and this checkout at the same place.
#
# No registry of images is needed: the base images are made from packages of Debian, npm and the Go module proxy, under
# the names that the Dockerfile and the compose file use. ENGINE_FOLDER keeps them for the next time.
set -euo pipefail

checkout=$(cd "$(dirname "$0")/../.." && pwd)
mirror=http://deb.debian.org/debian
export PATH=$PATH:/usr/local/go/bin:/usr/sbin:/sbin

fail() {
  printf '\nNO CONTAINER ENGINE, SO NOTHING WAS TESTED: %s\n\n' "$1" >&2
  exit 1
}

# Debian 13 in folders: one to start the engine in, and one for each base image.
unpack() {
  # apt-get's own user reads it.
  chmod 755 "$folder"
  cd "$folder"
  apt-get download debootstrap
  dpkg --extract debootstrap_*.deb debootstrap
  DEBOOTSTRAP_DIR=$folder/debootstrap/usr/share/debootstrap \
    sh debootstrap/usr/sbin/debootstrap --variant=minbase trixie debian "$mirror"
  # No package starts a server when it is installed.
  printf '#!/bin/sh\nexit 101\n' > debian/usr/sbin/policy-rc.d
  chmod +x debian/usr/sbin/policy-rc.d
  cp /etc/resolv.conf debian/etc/resolv.conf

  debian engine docker.io docker-cli docker-compose docker-buildx iptables iproute2 slirp4netns procps
  install "$checkout/node_modules/node/bin/node" engine/usr/local/bin/node

  debian node
  install "$checkout/node_modules/node/bin/node" node/usr/local/bin/node
  mkdir -p node/usr/local/lib/node_modules node/usr/local/etc node/etc/ssl/certs
  cp --archive "$(dirname "$(readlink -f "$(command -v npm)")")/.." node/usr/local/lib/node_modules/npm
  ln -s ../lib/node_modules/npm/bin/npm-cli.js node/usr/local/bin/npm
  chroot node useradd --uid 1000 --create-home node
  # The way to npm's registry from here.
  printf 'registry=%s\ncafile=/etc/ssl/certs/ca-certificates.crt\n' "$(npm config get registry)" > node/usr/local/etc/npmrc
  cp /etc/ssl/certs/ca-certificates.crt node/etc/ssl/certs/

  debian postgres
  mkdir -p postgres/etc/postgresql-common
  echo 'create_main_cluster = false' > postgres/etc/postgresql-common/createcluster.conf
  install_in postgres postgresql-17
  install "$checkout/drill/compose/postgres-entrypoint.sh" postgres/usr/local/bin/docker-entrypoint.sh
  chroot postgres install --directory --owner=postgres --mode=1777 /docker-entrypoint-initdb.d /var/lib/postgresql/data
  # A tmpfs there takes over the mode, not the owner.
  chroot postgres install --directory --owner=postgres --mode=3777 /var/run/postgresql
  sed -i "s/^#listen_addresses = 'localhost'/listen_addresses = '*'/" postgres/usr/share/postgresql/17/postgresql.conf.sample

  debian debian-caddy caddy busybox
  debian caddy busybox
  ln -s busybox caddy/usr/bin/wget
  ln -s busybox debian-caddy/usr/bin/wget
  local version
  version=$(sed -n 's/.*image: caddy:\([0-9.]*\).*/\1/p' "$checkout/docker-compose.yml")
  GOBIN=$folder/caddy/usr/bin GOPATH=$folder/go GOCACHE=$folder/go/cache GOFLAGS=-modcacherw CGO_ENABLED=0 \
    go install "github.com/caddyserver/caddy/v2/cmd/caddy@v$version"
  rm -rf "$folder/go"
  touch ready
}

debian() {
  cp --archive --reflink=auto debian "$1"
  [ $# = 1 ] || install_in "$@"
}

install_in() {
  chroot "$1" apt-get install --yes --no-install-recommends "${@:2}"
  rm -rf "$1"/var/cache/apt "$1"/var/lib/apt/lists
}

# In the engine's own mounts: its folder becomes the root.
enter() {
  local root=$folder/engine
  mount --make-rprivate /
  mount --bind "$root" "$root"
  mkdir -p "$root/old" "$root$folder" "$root$checkout" "$root/var/lib/docker"
  mount --rbind /dev "$root/dev"
  mount -t proc proc "$root/proc"
  mount -t tmpfs tmpfs "$root/run"
  mount -t tmpfs tmpfs "$root/tmp"
  mount --bind "$checkout" "$root$checkout"
  mount --bind "$folder" "$root$folder"
  mount --bind "$run" "$root/var/lib/docker"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  cd "$root"
  pivot_root . old
  exec env --chdir=/ --unset=NODE_EXTRA_CA_CERTS PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    bash "$checkout/drill/compose/with-engine.sh" --entered "$@"
}

# A user-mode network, by which a build reaches the registries, and nothing here is reached from outside.
connect() {
  unshare --net bash "$checkout/drill/compose/with-engine.sh" --connected "$@" &
  local command=$!
  until [ -e /run/alone ]; do sleep 0.05; done
  slirp4netns --configure --mtu=65520 --ready-fd=3 $command tap0 3> /run/connected > /run/network.log 2>&1 &
  wait $command
}

serve() {
  touch /run/alone
  for _ in $(seq 200); do [ -s /run/connected ] && break; sleep 0.05; done
  [ -s /run/connected ] || { cat /run/network.log >&2; fail 'it gets no network.'; }
  ip link set lo up
  mount -t sysfs sysfs /sys
  mount --rbind /old/sys/fs/cgroup /sys/fs/cgroup
  umount --lazy /old
  dockerd --cgroup-parent="/$cgroup" > /run/dockerd.log 2>&1 &
  for _ in $(seq 300); do docker version > /dev/null 2>&1 && break; sleep 0.1; done
  docker version > /dev/null 2>&1 || { tail -n 20 /run/dockerd.log >&2; fail 'dockerd did not start.'; }
  local path='ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  import node "$(sed -n 's/^ARG NODE=//p' "$checkout/Dockerfile")" "$path" 'CMD ["node"]'
  import postgres "$(image postgres)" "$path:/usr/lib/postgresql/17/bin" 'ENV PGDATA=/var/lib/postgresql/data' \
    'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["postgres"]' 'STOPSIGNAL SIGINT'
  local caddy=("$path" 'ENV XDG_CONFIG_HOME=/config XDG_DATA_HOME=/data'
    'CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]')
  import caddy "$(image caddy)" "${caddy[@]}"
  import debian-caddy caddy:debian "${caddy[@]}"
  cd "$checkout"
  "$@"
}

image() {
  sed -n "s/^ *image: \($1:.*\)/\1/p" "$checkout/docker-compose.yml"
}

# Removes what a killed engine leaves: the control groups of its containers and builds, and its folder.
clean() {
  for _ in $(seq 50); do
    for name in $cgroups; do
      find /sys/fs/cgroup/$name /sys/fs/cgroup/*/$name -depth -type d -exec rmdir {} + 2> /dev/null || true
    done
    rm -rf "$run" 2> /dev/null && [ -z "$(ls --directory /sys/fs/cgroup/{,*/}$cgroup 2> /dev/null)" ] && break
    sleep 0.1
  done
  [ -n "${ENGINE_FOLDER:-}" ] || rm -rf "$folder"
}

import() {
  local changes=()
  for change in "${@:3}"; do changes+=(--change "$change"); done
  tar --create --directory "$folder/$1" . | docker import "${changes[@]}" - "$2" > /dev/null
}

case ${1:-} in
  --unpack) unpack ;;
  --enter) enter "${@:2}" ;;
  --entered) connect "${@:2}" ;;
  --connected) serve "${@:2}" ;;
  *)
    [ "$(id -u)" = 0 ] || fail 'run it as root.'
    for program in apt-get dpkg unshare pivot_root npm go; do
      command -v $program > /dev/null || fail "there is no $program here."
    done
    unshare --mount --pid --net --fork mount --make-rprivate / || fail 'no mounts, processes and network can be had here.'
    [ -x "$checkout/node_modules/node/bin/node" ] || fail 'run npm ci first.'
    export folder run cgroup=polldock-drill-$$
    # Builds have groups of another name, which another engine on this machine may use, too.
    cgroups=$cgroup
    ls --directory /sys/fs/cgroup/{,*/}docker > /dev/null 2>&1 || cgroups="$cgroup docker"
    folder=${ENGINE_FOLDER:-$(mktemp --directory /var/tmp/polldock-engine-XXXXXX)}
    run=$folder/run-$$
    mkdir -p "$folder" "$run"
    trap clean EXIT
    if [ ! -e "$folder/ready" ]; then
      echo "Unpacking an engine and base images into $folder: some minutes." >&2
      bash "$0" --unpack > "$folder/log" 2>&1 || { tail -n 20 "$folder/log" >&2; fail 'its packages could not be had.'; }
    fi
    unshare --mount --pid --fork --kill-child bash "$0" --enter "$@" &
    engine=$!
    # It ignores other signals, and everything inside dies with it.
    trap 'kill -KILL $engine' INT TERM
    wait $engine
    ;;
esac

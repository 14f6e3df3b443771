#!/usr/bin/env bash
# PGlite 0.5.16 syncs nothing to the disk, also when PostgreSQL says that fsync is on.
#
# PGlite starts PostgreSQL with -F (fsync off). Without it `SHOW fsync` says on, and PostgreSQL calls fsync. But NodeFS has
# no fsync in its stream_ops, and Emscripten then reports success; its fdatasync, the default for PostgreSQL's log, never
# asks the file system at all. After a power failure the database can be lost or corrupt.
#
# Seen with Node.js 24.21 (the calls are counted in node:fs):
#
#   fsync: on
#   syncs of 50 commits and a checkpoint: 0
#
# Fails when that changes. It needs the npm registry.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.16

cat > commit.mjs << 'JS'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

let syncs = 0
for (const name of ['fsync', 'fsyncSync', 'fdatasync', 'fdatasyncSync']) {
  const original = fs[name]
  fs[name] = (...given) => {
    syncs += 1
    return original(...given)
  }
}
syncBuiltinESMExports()
const { PGlite } = await import('@electric-sql/pglite')
const startParams = PGlite.defaultStartParams.filter((param) => param !== '-F')
const database = await PGlite.create({ dataDir: './data', startParams })
const { rows } = await database.query('SHOW fsync')
console.log('fsync:', rows[0].fsync)
await database.exec('CREATE TABLE t (number int)')
for (let number = 0; number < 50; number++) await database.query('INSERT INTO t VALUES ($1)', [number])
await database.exec('CHECKPOINT')
console.log('syncs of 50 commits and a checkpoint:', syncs)
process.exit()
JS
node commit.mjs > seen

cat > expected << 'TEXT'
fsync: on
syncs of 50 commits and a checkpoint: 0
TEXT
diff expected seen && echo 'As it was seen.'

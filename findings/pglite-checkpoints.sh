#!/usr/bin/env bash
# PGlite 0.5.16 never starts a checkpoint by itself, so its write-ahead log grows without a bound.
#
# PostgreSQL makes a checkpoint at the latest when its log has max_wal_size, and then removes the log before it. Single-user
# mode, in which PGlite runs it, has no checkpointer. Only CHECKPOINT or a restart ends that.
#
# Seen with Node.js 24.21, after some 300 MB of log with max_wal_size=64MB:
#
#   max_wal_size: 64MB
#   checkpoints since the start: 0
#   pg_wal has more than 256 MB: true
#
# Fails when that changes. It needs the npm registry.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.16

cat > grow.mjs << 'JS'
import { readdirSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'

const startParams = [...PGlite.defaultStartParams, '-c', 'max_wal_size=64MB', '-c', 'min_wal_size=32MB']
const database = await PGlite.create({ dataDir: './data', startParams })
const firstOf = async (query) => Object.values((await database.query(query)).rows[0])[0]
console.log('max_wal_size:', await firstOf('SHOW max_wal_size'))
const redo = 'SELECT redo_lsn::text FROM pg_control_checkpoint()'
const before = await firstOf(redo)
await database.exec('CREATE TABLE t (text text)')
for (let round = 0; round < 10; round++) {
  await database.exec("INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 30000)")
}
console.log('checkpoints since the start:', (await firstOf(redo)) === before ? 0 : 'some')
const segments = readdirSync('data/pg_wal').filter((name) => /^[0-9A-F]{24}$/.test(name)).length
console.log('pg_wal has more than 256 MB:', segments > 16)
process.exit()
JS
node grow.mjs > seen

cat > expected << 'TEXT'
max_wal_size: 64MB
checkpoints since the start: 0
pg_wal has more than 256 MB: true
TEXT
diff expected seen && echo 'As it was seen.'

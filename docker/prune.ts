// Removes from node_modules what nothing loads when Polldock runs. The image is half as large without it.
import { globSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Every pattern must match: a new version of a package that moved its files does not go unnoticed. */
const unused = [
  // For people and compilers. Licences stay.
  '**/*.map',
  '**/*.d.{ts,mts,cts}',
  '**/{README,CHANGELOG,HISTORY}.md',
  '{*,@*/*}/test',
  '@types',
  'type-fest',
  'zod/src',
  // Prisma's compilers of queries, for other databases and in other forms than the generated client imports.
  '@prisma/client/runtime/*.{cockroachdb,mysql,sqlite,sqlserver}.*',
  '@prisma/client/runtime/query_compiler_small_bg.*',
  '@prisma/client/runtime/query_compiler_fast_bg.postgresql{,.wasm-base64}.js',
  '@prisma/client/runtime/wasm-compiler-edge.*',
  // For bundlers and browsers.
  '**/@opentelemetry/*/build/{esm,esnext}',
  'luxon/build/{amd,cjs-browser,global}',
  // Pictures of polls are drawn with the upright fonts.
  '@fontsource-variable/*/files/*-{standard,wdth}-*',
  '@fontsource-variable/*/files/*-italic.woff2',
]

const root = process.argv[2] ?? 'node_modules'
for (const pattern of unused) {
  const paths = globSync(pattern, { cwd: root })
  if (paths.length === 0) throw new Error(`Nothing in ${root} matches ${pattern}: correct docker/prune.ts.`)
  for (const path of paths) rmSync(join(root, path), { recursive: true, force: true })
}

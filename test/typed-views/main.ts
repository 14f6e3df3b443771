import { checkViews } from './typed-views.ts'

/** Checks every template against its model: see docs/decisions/typed-views.md. */
const problems = await checkViews([
  { folder: 'views', views: 'src/server/views.ts' },
  { folder: 'src/sandbox/web/views', views: 'src/sandbox/web/page.ts' },
])
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1

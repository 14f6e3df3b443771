import { expect, test } from 'vitest'
import { checkViews } from './typed-views.ts'

const fixtures = 'test/typed-views/fixtures'
const check = (folder: string) =>
  checkViews([{ folder: `${fixtures}/${folder}`, views: `${fixtures}/models.ts` }], { include: [] })

test('templates that agree with their models have no problems', async () => {
  expect(await check('right')).toEqual([])
})

test('a mismatch of a template and its model is reported with the line of the template', async () => {
  const problems = await check('wrong')
  const at = (place: string) => problems.filter((problem) => problem.startsWith(`${fixtures}/${place}: `)).join('\n')

  expect(at('wrong/list.eta:2'), 'a misspelt property').toContain("Property 'haeding' does not exist")
  expect(at('wrong/list.eta:4'), 'a value that may be missing').toContain("'undefined' is not assignable")
  expect(at('wrong/list.eta:4'), 'a wrong value of a part').toContain("'string' is not assignable to type 'boolean'")
  expect(at('wrong/list.eta:5'), 'a missing value of a part').toContain("Property 'isFirst' is missing")
  expect(at('wrong/list.eta:7'), 'an inherited value of another type').toContain("'note'")
  expect(at('wrong/list.eta:9'), 'a part that does not exist').toContain('./parts/emd')
  expect(at('wrong/untyped.eta:1'), 'a template without a model').toContain('must name the model')
  expect(at('models.ts:1'), 'a page that is not in Views').toContain("'untyped'")
})

import { expect, test } from '@playwright/test'
import { canaryError } from '../test/canary/canary-error.ts'

test('the canary of the browser tests fails', async ({ page }) => {
  await page.setContent('<h1>A page</h1>')
  await expect(page.getByRole('heading', { name: 'Another page' }), canaryError).toBeVisible({ timeout: 100 })
})

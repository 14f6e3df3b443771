import { defineConfig } from '@playwright/test'
import { chromiumLaunch } from './e2e/support/chromium.ts'

export default defineConfig({
  testDir: 'e2e',
  testMatch: process.env.CANARY ? 'canary.ts' : '*.spec.ts',
  outputDir: 'test-results',
  globalSetup: ['./e2e/support/unpack-chromium.ts', './e2e/support/make-database.ts'],
  reporter: [['list']],
  fullyParallel: true,
  workers: 3,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 40_000,
  expect: { timeout: 10_000 },
  use: {
    browserName: 'chromium',
    launchOptions: chromiumLaunch,
    viewport: { width: 1100, height: 900 },
    locale: 'en-GB',
    timezoneId: 'UTC',
    actionTimeout: 10_000,
    navigationTimeout: 20_000,
    screenshot: 'only-on-failure',
  },
})

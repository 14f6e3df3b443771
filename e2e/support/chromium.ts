import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LaunchOptions } from '@playwright/test'

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
const { version } = JSON.parse(readFileSync(join(modules, '@sparticuz/chromium/package.json'), 'utf8'))

/** The folder of the browser from `@sparticuz/chromium`, with its libraries and fonts. */
export const chromiumDir = join(modules, '.cache', `chromium-${version}`)

/** It needs only the C library of the system; `CHROMIUM` names another browser, for other systems than Linux. */
export const chromiumLaunch: LaunchOptions = process.env.CHROMIUM
  ? { executablePath: process.env.CHROMIUM }
  : {
      executablePath: join(chromiumDir, 'chromium'),
      args: ['--no-sandbox', '--disable-gpu'],
      env: {
        ...process.env,
        LD_LIBRARY_PATH: join(chromiumDir, 'al2023/lib'),
        FONTCONFIG_FILE: join(chromiumDir, 'fonts.conf'),
      },
    }

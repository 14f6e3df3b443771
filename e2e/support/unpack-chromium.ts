import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { chromiumDir } from './chromium.ts'

/** Unpacks the browser once. Its fonts have an absolute path, so a project that was moved needs a new configuration. */
export default function prepareChromium(): void {
  if (process.env.CHROMIUM) return
  if (!existsSync(chromiumDir)) unpackChromium()
  writeFileSync(join(chromiumDir, 'fonts.conf'), fontsConfig)
}

/** Completely or not at all. The package unpacks into the folder for temporary files. */
function unpackChromium(): void {
  mkdirSync(dirname(chromiumDir), { recursive: true })
  const unfinished = mkdtempSync(`${chromiumDir}-`)
  try {
    const unpack = `(await import('@sparticuz/chromium')).default.executablePath()`
    execFileSync(process.execPath, ['--input-type=module', '--eval', `await ${unpack}`], {
      stdio: 'inherit',
      // The package adds the system libraries that the browser needs only in an environment of AWS Lambda.
      env: { ...process.env, TMPDIR: unfinished, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
    })
    renameSync(unfinished, chromiumDir)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    throw error
  }
}

const fontsConfig = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(chromiumDir, 'fonts')}</dir>
  <cachedir>${join(chromiumDir, 'fonts-cache')}</cachedir>
</fontconfig>
`

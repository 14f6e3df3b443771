import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { chromiumDir } from './chromium.ts'

/** Unpacks the browser once, completely or not at all. The package unpacks into the folder for temporary files. */
export default function unpackChromium(): void {
  if (process.env.CHROMIUM || existsSync(chromiumDir)) return
  mkdirSync(dirname(chromiumDir), { recursive: true })
  const unfinished = mkdtempSync(`${chromiumDir}-`)
  try {
    const unpack = `(await import('@sparticuz/chromium')).default.executablePath()`
    execFileSync(process.execPath, ['--input-type=module', '--eval', `await ${unpack}`], {
      stdio: 'inherit',
      // The package adds the system libraries that the browser needs only in an environment of AWS Lambda.
      env: { ...process.env, TMPDIR: unfinished, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
    })
    writeFileSync(join(unfinished, 'fonts.conf'), fontsConfig)
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

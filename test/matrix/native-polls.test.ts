import { expect, test } from 'vitest'
import { installedSynapse } from '../support/python-packages.ts'
import { startSynapse } from '../support/synapse.ts'
import { nativePollCases } from './native-poll-cases.ts'

const python = await installedSynapse()

if (python) nativePollCases('Synapse', () => startSynapse(python))

test.skipIf(!python)('Synapse is installed', () => {
  expect(python).toBeTruthy()
})

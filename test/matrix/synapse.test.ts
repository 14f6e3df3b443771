import { expect, test } from 'vitest'
import { testRegistration } from '../support/matrix.ts'
import { installedSynapse } from '../support/python-packages.ts'
import { startSynapse } from '../support/synapse.ts'
import { conformance } from './conformance.ts'

const python = await installedSynapse()

if (python) conformance('Synapse', (url) => startSynapse(python, { registration: testRegistration({ url }) }))

test.skipIf(!python)('Synapse is installed', () => {
  expect(python).toBeTruthy()
})

import { conformance } from '../../matrix/conformance.ts'
import { startMatrix, testRegistration } from '../../support/matrix.ts'

conformance('the stand-in', (url) => startMatrix({ registration: testRegistration({ url }) }))

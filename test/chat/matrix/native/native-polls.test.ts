import { nativePollCases } from '../../../matrix/native-poll-cases.ts'
import { startMatrix } from '../../../support/matrix.ts'

nativePollCases('the stand-in', () => startMatrix())

import type { Phrase } from '../polls/model/phrases.ts'
import type { TextPart } from '../polls/model/text-format.ts'
import type { ViewContext } from '../server/views.ts'
import type { ShownTime } from './time.ts'

// The models of the small parts that many templates include.

export type PersonPart = ViewContext & { person: ShownPerson }
export type ShownPerson = { name: string; isSignedIn?: boolean; chat?: string }

export type TimePart = { at: ShownTime }

export type PhrasesPart = { phrases: readonly Phrase[] }

export type LinkedTextPart = { parts: readonly TextPart[] }

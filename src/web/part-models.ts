import type { PersonName } from '../people/model/person-name.ts'
import type { Phrase } from '../polls/model/phrases.ts'
import type { TextPart } from '../polls/model/text-format.ts'
import type { Page, ViewContext } from '../server/views.ts'
import type { ShownTime } from './time.ts'

// The models of the small parts that many templates include.

export type PersonPart = ViewContext & { person: ShownPerson }
export type ShownPerson = { name: string; isSignedIn?: boolean }

export type TimePart = { at: ShownTime }

export type PhrasesPart = { phrases: readonly Phrase[] }

export type LinkedTextPart = { parts: readonly TextPart[] }

/** A poll in a list; `back` is the list's path. */
export type CardFormPart = { page: CardFrame; back: string; card: PollCard }
type CardFrame = Pick<Page['page'], 'csrf'> & { person: Pick<PersonName, 'name'> | undefined }
export type PollCard = { id: string; status: 'open' | 'closed'; cardHtml: string }

import { z } from 'zod'
import type { ChatSetting, ChatSettings } from '../../chat/chat.ts'
import type { ConnectionSettings } from '../../chat/connections/settings.ts'
import { type EventKind, eventKinds } from '../../chat/wording.ts'
import { category } from '../../polls/inputs/inputs.ts'
import { categoryKey, isAmong } from '../../polls/model/keys.ts'
import { errorsOf, type Fields, type FormErrors, field, list, type SavedValues } from './forms.ts'

/** The fields of a connection's settings as they were typed, valid or not. `which` is undefined if nobody chose it. */
export type TypedSettings = {
  which: 'all' | 'some' | undefined
  categories: string[]
  others: string
  eventKinds: string[]
  chatSettings: ChatSettings
}

export type ConnectionSettingsPart = {
  errors: { categories?: string; eventKinds?: string }
  saved?: SavedValues | undefined
  settings: ReturnType<typeof settingsModel>
}

/** The settings of a new connection, to a chat without settings of its own. */
export const freshSettings: TypedSettings = {
  ...{ which: 'all', categories: [], others: '', eventKinds: [...eventKinds], chatSettings: {} },
}

const maxCategories = 50
/** In UTF-16 code units; no page of ours sends more. */
const maxCategoryLength = 80

/** The settings when the form was made. The form sends them back. */
const shownSettings = z.object({
  categories: z.array(z.string().max(maxCategoryLength)).max(maxCategories),
  eventKinds: z.array(z.enum(eventKinds)),
  chatSettings: z.record(z.string(), z.boolean()).default({}),
})

const settings = z.object({
  categories: z.array(category).max(maxCategories, `Choose at most ${maxCategories} categories.`),
  eventKinds: z
    .array(z.enum(eventKinds, 'Choose among these.'))
    .min(1, 'Choose what is posted: at least one of these.'),
})

/** @param offered the settings that only the chat has */
export function typedSettings(fields: Fields, offered: readonly ChatSetting[] = []): TypedSettings {
  const which = field(fields, 'which')
  const switchedOn = list(fields, 'setting')
  return {
    which: which === 'all' || which === 'some' ? which : undefined,
    categories: list(fields, 'category').filter((name) => name.length <= maxCategoryLength),
    others: field(fields, 'others'),
    eventKinds: list(fields, 'kind'),
    chatSettings: Object.fromEntries(offered.map(({ name }) => [name, switchedOn.includes(name)])),
  }
}

export function typedFrom({ categories, eventKinds, chatSettings = {} }: ConnectionSettings): TypedSettings {
  return { which: categories.length > 0 ? 'some' : 'all', categories, others: '', eventKinds, chatSettings }
}

export function shownIn(fields: Fields): ConnectionSettings | undefined {
  return shownSettings.safeParse(parsed(field(fields, 'shown'))).data
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** Settings as people read them. */
export function settingsTexts({ categories, eventKinds: kinds }: ConnectionSettings) {
  const labels = eventKinds.filter((kind) => kinds.includes(kind)).map((kind) => kindLabels[kind])
  return { categories: categories.join(', ') || 'All polls', eventKinds: labels.join(', ') }
}

/** The categories that were chosen or typed. */
export function namedCategories({ categories, others }: Pick<TypedSettings, 'categories' | 'others'>): string[] {
  return [...categories, ...others.split(/[,\n]/)].map((text) => text.trim()).filter(Boolean)
}

/** The settings that were chosen, or what is wrong with them. */
export function readSettings(typed: TypedSettings): { settings?: ConnectionSettings; errors?: FormErrors } {
  const named = namedCategories(typed)
  const categories = typed.which === 'all' ? [] : named
  if (typed.which === undefined || (typed.which === 'some' && named.length === 0))
    return { errors: { categories: 'Choose a category, or all polls.' } }
  const { data, error } = settings.safeParse({ categories, eventKinds: [...new Set(typed.eventKinds)] })
  if (!data) return { errors: byGroup(errorsOf(error)) }
  const byKey = new Map(data.categories.map((name) => [categoryKey(name), name]))
  return { settings: { ...data, categories: [...byKey.values()], chatSettings: typed.chatSettings } }
}

type Offered = {
  /** Categories, besides those that are chosen already. */
  inUse: readonly string[]
  /** The number of open polls by category key, where it matters. */
  open?: ReadonlyMap<string, number>
  /** The settings that only the chat has. */
  chatSettings?: readonly ChatSetting[]
}

export function settingsModel(typed: TypedSettings, { inUse, open, chatSettings = [] }: Offered) {
  const missing = typed.categories.filter((name) => !isAmong(inUse, name))
  return {
    ...typed,
    categories: [...inUse, ...missing].map((name) => ({
      name,
      isChosen: isAmong(typed.categories, name),
      open: open && (open.get(categoryKey(name)) ?? 0),
    })),
    eventKinds: eventKinds.map((kind) => ({
      kind,
      label: kindLabels[kind],
      isChosen: typed.eventKinds.includes(kind),
    })),
    chatSettings: chatSettings.map((one) => ({ ...one, isChosen: typed.chatSettings[one.name] === true })),
  }
}

/** The labels of the kinds of events. */
export const kindLabels: Record<EventKind, string> = {
  votes: 'Votes',
  comments: 'Comments',
  options: 'New options',
  lifecycle: 'Opening, closing and other changes of the poll',
}

/** One message for each group of fields. */
function byGroup(errors: FormErrors): FormErrors {
  return Object.fromEntries(Object.entries(errors).map(([path, message]) => [path.split('.', 1)[0] ?? '', message]))
}

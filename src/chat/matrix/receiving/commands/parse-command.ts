/** A command of a person, by its first word. */
export type Command =
  | { name: 'poll'; title: string; options: string[] }
  /** Numbers of options, from 1. */
  | { name: 'vote'; numbers: number[] }
  | { name: 'close' }
  | { name: 'help' }
  | { name: 'connect' }
  /** A word that is no command, or one that lacks something. */
  | { name: 'unknown'; word: string }

const commandForm = /^\s*!([a-z]+)(?:\s+([\s\S]*))?$/i
const names = ['poll', 'vote', 'close', 'help', 'connect'] as const

/** Whether a text is meant for Polldock. Other programs of a room may have other commands. */
export function isCommand(text: string): boolean {
  const [, word = ''] = commandForm.exec(text) ?? []
  return names.some((name) => name === word.toLowerCase())
}

export function isVoteCommand(text: string): boolean {
  return commandForm.exec(text)?.[1]?.toLowerCase() === 'vote'
}

/** @returns undefined for a text that is no command */
export function parseCommand(text: string): Command | undefined {
  const [, word = '', rest = ''] = commandForm.exec(text) ?? []
  const name = names.find((one) => one === word.toLowerCase())
  if (name === undefined) return undefined
  if (name === 'poll') return pollIn(rest)
  return name === 'vote' ? voteIn(rest) : { name }
}

/** Phones write other quotation marks. */
const quoted = /["“”„«»]([^"“”„«»]+)["“”„«»]/g

/** The question and the options: each in quotation marks, or each on its own line. */
function pollIn(rest: string): Command {
  const texts = [...rest.matchAll(quoted)].map(([, inside = '']) => inside)
  const lines = rest.split('\n').filter((line) => line.trim() !== '')
  const [title, ...options] = texts.length > 0 ? texts : lines
  return title === undefined ? { name: 'unknown', word: 'poll' } : { name: 'poll', title, options }
}

function voteIn(rest: string): Command {
  const numbers = rest.split(/[\s,]+/).filter((part) => part !== '')
  const isValid = numbers.length > 0 && numbers.length <= 50 && numbers.every((part) => /^\d{1,3}$/.test(part))
  return isValid ? { name: 'vote', numbers: numbers.map(Number) } : { name: 'unknown', word: 'vote' }
}

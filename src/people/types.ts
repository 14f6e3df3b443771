/** A person as others see them. */
export type PersonName = { id: string; name: string }

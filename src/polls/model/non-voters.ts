/** How many people have not voted. In an anonymous poll nobody is named: that would show who has voted. */
export type NonVoters = { people: number; names: string[] }

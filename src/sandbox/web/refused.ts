/** Something that a page cannot do or show, and what the person who asked for it is told. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly statusCode: number

  constructor(statusCode: number, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

/** Something wrong at an offset of a text. */
export interface Fault {
  readonly offset: number
  readonly message: string
  readonly hint?: string
}

import type { CST } from 'yaml'

type TokenType = ReturnType<typeof CST.tokenType>

/** What a line, or an item between brackets, could still make a key of: it gives one key at most. */
type Entry = 'empty' | 'node' | 'key'

/** Follows tokens and tells how deep they nest: at least half of what a parser will see, as long as nothing is misplaced. */
export class Nesting {
  /** Of the blocks that are open. */
  #columns: number[] = []
  /** The current line's, then one for each open bracket. */
  #entries: Entry[] = ['empty']
  #isBlockText = false

  /** The depth after a token; undefined where a `:` or a bracket is misplaced, which parsers answer with levels and errors without end. */
  enter(type: TokenType, column: number): number | undefined {
    if (type === 'scalar' && this.#isBlockText) {
      this.#isBlockText = false
      this.#entry = 'empty'
      return this.#depth
    }
    this.#isBlockText ||= type === 'block-scalar-header'
    if (this.#isBlock && (type === 'seq-item-ind' || isNode(type))) this.#openBlock(column)
    return this.#read(type) ? this.#depth : undefined
  }

  get #depth(): number {
    return this.#columns.length + this.#entries.length - 1
  }

  get #isBlock(): boolean {
    return this.#entries.length === 1
  }

  get #entry(): Entry | undefined {
    return this.#entries.at(-1)
  }

  set #entry(entry: Entry) {
    this.#entries[this.#entries.length - 1] = entry
  }

  #openBlock(column: number): void {
    while ((this.#columns.at(-1) ?? -1) >= column) this.#columns.pop()
    this.#columns.push(column)
  }

  #read(type: TokenType): boolean {
    if (type === 'flow-error-end') this.#entries = ['empty']
    else if (type === 'flow-map-start' || type === 'flow-seq-start') this.#entries.push('empty')
    else if (type === 'comma' || (type === 'newline' && this.#isBlock)) this.#entry = 'empty'
    else if (type === 'map-value-ind') {
      if (this.#entry !== 'node') return false
      this.#entry = 'key'
    } else if (type === 'flow-map-end' || type === 'flow-seq-end') {
      if (this.#isBlock) return false
      this.#entries.pop()
      this.#markNode()
    } else if (isNode(type)) this.#markNode()
    return true
  }

  #markNode(): void {
    if (this.#entry === 'empty') this.#entry = 'node'
  }
}

const NODES: ReadonlySet<TokenType> = new Set([
  'scalar',
  'single-quoted-scalar',
  'double-quoted-scalar',
  'block-scalar-header',
  'alias',
])
const isNode = (type: TokenType): boolean => NODES.has(type)

/** The known word that was probably meant; undefined where none is near. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const wanted = word.toLowerCase()
  const limit = Math.max(1, Math.floor(wanted.length / 3))
  let best: { readonly word: string; readonly edits: number } | undefined
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) > limit) continue
    // cpu is no misspelling of gpu
    if (wanted.length <= 3 && wanted[0] !== candidate[0]?.toLowerCase()) continue
    const edits = countEdits(wanted, candidate.toLowerCase())
    if (edits <= limit && (best === undefined || edits < best.edits)) best = { word: candidate, edits }
  }
  return best?.word
}

/** `: did you mean "…"?`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = suggest(word, known)
  return meant === undefined ? '' : `: did you mean ${JSON.stringify(meant)}?`
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function countEdits(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const replace = at(last, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1)
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      const swap = row > 1 && column > 1 && swapped ? at(beforeLast, column - 2) + 1 : Infinity
      current[column] = Math.min(at(last, column) + 1, at(current, column - 1) + 1, replace, swap)
    }
    beforeLast = last
    last = current
  }
  return at(last, to.length)
}

const at = (row: readonly number[], column: number): number => row[column] ?? Infinity

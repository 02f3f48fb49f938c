export interface Permissions {
  readonly type: 'file' | 'folder' | 'link'
  readonly mode: number
}

const TYPES: Readonly<Record<string, Permissions['type']>> = { d: 'folder', L: 'link' }
const SPECIAL: Readonly<Record<string, number>> = { u: 0o4000, g: 0o2000, t: 0o1000 }

/** Reads permissions as Go writes them: `-rwxr-xr-x`, `dtrwxrwxrwx`, `urwxr-xr-x`; undefined for all else. */
export function parsePermissions(text: string): Permissions | undefined {
  const [, letters = '', bits = ''] = /^(-|[dL]?u?g?t?)((?:[r-][w-][x-]){3})$/.exec(text) ?? []
  if (letters === '') return undefined
  const [kind = ''] = letters
  const special = [...letters].reduce((sum, letter) => sum + (SPECIAL[letter] ?? 0), 0)
  const mode = [...bits].reduce((sum, bit) => sum * 2 + (bit === '-' ? 0 : 1), 0)
  return { type: TYPES[kind] ?? 'file', mode: special + mode }
}

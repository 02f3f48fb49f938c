import { SET } from '../model/result.ts'
/** A name as people give it on one line. */
export interface GivenName {
  readonly name: string
  readonly tag: string
}

/** `name:tag` taken apart, `latest` where there is no tag; what is pinned to a digest stays whole. */
export function splitTag(text: string): GivenName {
  const [, name, tag] = /^([^@]+):([^/:@]*)$/.exec(text) ?? []
  return name === undefined || tag === undefined ? { name: text, tag: 'latest' } : { name, tag }
}

/** A short id for each, in order: the last part of the name, with the tag where that is not enough, then with a number. */
export function idsFor(given: readonly GivenName[]): readonly string[] {
  const shorts = given.map(({ name }) => name.slice(name.lastIndexOf('/') + 1))
  const taken = new Set<string>([SET])
  return given.map(({ tag }, index) => {
    const short = shorts[index] ?? ''
    const isShared = shorts.filter((each) => each === short).length > 1
    const base = (isShared ? `${short}-${tag}` : short).toLowerCase().replace(/[^a-z0-9._-]/g, '-')
    let id = base
    for (let number = 2; taken.has(id); number++) id = `${base}-${number}`
    taken.add(id)
    return id
  })
}

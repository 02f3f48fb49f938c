import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Platform, Reference } from '../../model/image.ts'
import { type Docker, textOf } from './command.ts'
import { CREATE_MS, creation, removeContainer } from './container.ts'
import { isGone } from './images.ts'

export interface AnchorTools {
  /** Ends with the run. */
  readonly docker: Docker
  /** For what has to be done all the same. */
  readonly cleaner: Docker
  /** `key=value` on every container of the run. */
  readonly label: string
}

/** A container of an image that is never started: while it is there, the engine removes the image for nobody. */
export interface Anchor {
  /** Removes it, and says whether another run has left the image for this one to remove. */
  lift(): Promise<boolean>
}

/** `gone`: the engine has no such image; `refused`: it has, as far as can be told, and makes no container of it. */
export type Anchored = Anchor | 'gone' | 'refused'

const IMAGE_LABEL = 'verify-images.image'
const HEIR = '-heir'

/** Holds an image on the engine. */
export async function anchor(
  { docker, cleaner, label }: AnchorTools,
  reference: Reference,
  platform: Platform,
): Promise<Anchored> {
  const name = `vi-${randomUUID()}`
  const bare = ['--label', `${IMAGE_LABEL}=${reference}`, '--network', 'none', '--workdir', '/', '--log-driver', 'none']
  // an image without a command needs one to become a container, though it never runs
  const args = [...creation(name, label, platform), ...bare, '--', reference, '-']
  const created = await docker(args, { timeoutMs: CREATE_MS })
  if (created.exitCode === 0) return { lift: () => lift(cleaner, name, textOf(created).trim()) }
  if (isGone(created)) return 'gone'
  await removeContainer(cleaner, name)
  return 'refused'
}

/** A name that is gone, of a container that is not, was changed by the run that leaves the image to this one. */
async function lift(cleaner: Docker, name: string, id: string): Promise<boolean> {
  const remove = (which: string) => cleaner(['container', 'rm', '--volumes', '--', which])
  if ((await remove(name)).exitCode === 0) return false
  return (await remove(id)).exitCode === 0
}

const IN_USE = /conflict|is using|in use/i
const TRIES = 20
const RETRY_MS = 100
/** By then an anchor that was being removed as it got its new name is gone: to an engine both may succeed. */
const SETTLED_MS = 1_000

/**
 * Removes an image that was pulled, or leaves it to another run that holds it by now, and says whether it did either. What
 * others use stays. `onGone` is called as soon as the engine has removed it.
 */
export async function removeImage(
  docker: Docker,
  reference: string,
  options: Parameters<Docker>[1] = {},
  onGone = () => {},
): Promise<boolean> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const removed = await docker(['image', 'rm', '--', reference], options)
    if (removed.exitCode === 0) onGone()
    if (removed.exitCode !== 0 && !IN_USE.test(removed.stderr)) return false
    const heir = await leaveToOthers(docker, reference)
    if (removed.exitCode === 0 || heir === 'named') return true
    if (heir === 'nobody') return false
    await delay(RETRY_MS) // they are being removed
  }
  return false
}

/**
 * Leaves an image to one of the runs that hold it; those may bring it back even after it is removed. That run learns of it
 * when it removes its anchor, by the name.
 */
export async function leaveToOthers(docker: Docker, reference: string): Promise<'named' | 'nobody' | 'ending'> {
  const filter = ['--filter', `label=${IMAGE_LABEL}=${reference}`, '--format', '{{.Names}}']
  const names = textOf(await docker(['container', 'ls', '--all', ...filter]))
    .split('\n')
    .filter(Boolean)
  if (names.some((name) => name.endsWith(HEIR))) return 'named'
  for (const name of names) {
    if ((await docker(['container', 'rename', name, `${name}${HEIR}`])).exitCode !== 0) continue
    await delay(SETTLED_MS)
    const stays = await docker(['container', 'inspect', '--format', '{{.Id}}', '--', `${name}${HEIR}`])
    return stays.exitCode === 0 ? 'named' : 'ending'
  }
  return names.length === 0 ? 'nobody' : 'ending'
}

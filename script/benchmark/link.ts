import { place } from './place.ts'
import { shell } from './shell.ts'

/** Holds what the bench's registry sends to so many MB a second until disposed; undefined where that cannot be done. */
export async function throttle(megabytesPerSecond: number): Promise<AsyncDisposable | undefined> {
  const port = place.registry.slice(place.registry.lastIndexOf(':') + 1)
  const root = (await shell('id -u')).trim() === '0' ? '' : 'sudo -n '
  const tc = (words: string) => shell(`${root}tc ${words}`)
  const release = async () => void (await tc('qdisc del dev lo root').catch(() => {}))
  await release()
  try {
    await tc('qdisc add dev lo root handle 1: htb')
    await tc(`class add dev lo parent 1: classid 1:10 htb rate ${megabytesPerSecond * 8}mbit burst 1mb`)
    await tc(`filter add dev lo parent 1: protocol ip u32 match ip sport ${port} 0xffff flowid 1:10`)
  } catch {
    await release()
    return undefined
  }
  return { [Symbol.asyncDispose]: release }
}

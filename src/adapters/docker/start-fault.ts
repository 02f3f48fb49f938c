import type { RunSeen } from '../../model/observation.ts'

/**
 * Who is why no container of an image starts on the image's own platform, by the engine's words. It is the image where it
 * has no command, a program that is not there or not executable, a user or group that nobody knows, a folder that is none.
 */
export const refusedBy = (error: string): 'image' | 'engine' =>
  !isOfEngine(error) && OF_IMAGE.some((words) => words.test(error)) ? 'image' : 'engine'

/** Whether the engine itself is why something does not start, by its words: no image can be to blame. */
export const isOfEngine = (error: string): boolean => OF_ENGINE.some((words) => words.test(error))

/** It starts programs of its own, of which it speaks much as of those of images. */
const OF_ENGINE = [
  /failed to start shim/i,
  /\bfork\/exec /,
  /unable to retrieve OCI runtime error/,
  /unknown or invalid runtime name/i,
  /error running (?:\w+ )?hook/,
  /could not select device driver/,
  /cannot allocate memory|resource temporarily unavailable/,
  /address pools have been fully subnetted/,
  /(?:port is already allocated|failed programming external connectivity)/,
]

const OF_IMAGE = [
  /container process(?: caused)?:? "?(?:error during container init: )?exec:? \\?"/,
  /^exec \S+: /m,
  /exec format error/,
  /executable file `[^`]*` not found/,
  /unable to find (?:user|group) /,
  /no matching entries in (?:passwd|group) file/,
  /chdir to cwd \(/,
  /error during container init: mkdir \/(?:proc|sys|dev)\//,
  /possible container breakout/,
  /cannot mkdir: .* is not a directory/i,
  /no command specified/i,
]

/** What a run tells of a container that never started, for this reason. */
export function neverRan(error: string): Pick<RunSeen, 'startedAt' | 'exitCode' | 'error' | 'refusedBy' | 'missing'> {
  const by = refusedBy(error)
  const [, missing] = (by === 'image' && MISSING.exec(error)) || []
  return {
    ...{ startedAt: undefined, exitCode: undefined, error, refusedBy: by },
    ...(missing !== undefined && { missing }),
  }
}

const MISSING = /exec: "([^"\n]+)".*(?:not found|no such file or directory|not a directory)/i

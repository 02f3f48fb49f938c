import type { RunSeen } from '../../model/observation.ts'

/**
 * Who is why no container of an image starts on the image's own platform, by the engine's words. It is the image where it
 * has no command, a program that is not there or not executable, a user or group that nobody knows, a folder that is none.
 */
export const refusedBy = (error: string): 'image' | 'engine' =>
  WORDS.some((words) => words.test(error)) ? 'image' : 'engine'

const WORDS = [
  /\bexec: "/,
  /^exec \S+: /m,
  /exec format error/,
  /executable file .* not found in \$PATH/,
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
  const [, missing] = MISSING.exec(error) ?? []
  return {
    ...{ startedAt: undefined, exitCode: undefined, error, refusedBy: refusedBy(error) },
    ...(missing !== undefined && { missing }),
  }
}

const MISSING = /exec: "([^"\n]+)".*(?:not found|no such file or directory|not a directory)/i

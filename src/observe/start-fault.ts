/**
 * Whether the image is why the engine could not start a container of it on its own platform, by the engine's words: no
 * command, a program that is not there or not executable, a user or group that nobody knows, a folder that is none.
 */
export const isOfTheImage = (error: string): boolean => WORDS.some((words) => words.test(error))

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

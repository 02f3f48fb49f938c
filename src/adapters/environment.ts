const PASSED_ON = [
  'PATH',
  'HOME',
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_TLS_VERIFY',
  'DOCKER_CERT_PATH',
  'DOCKER_CONFIG',
  'BUILDX_CONFIG',
  'XDG_RUNTIME_DIR',
  'SSH_AUTH_SOCK',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
]

/**
 * The memory that a Go program may fill before it collects, as a multiple of what it uses: one that ends at once then never
 * does, which is a tenth of its work (measured), and one that goes on stays within bounds.
 */
const GOGC = '400'

/** What a docker command needs of our environment, and no token, no input and no runner variable beside it. */
export function childEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = PASSED_ON.flatMap((name) => {
    const value = env[name]
    return value === undefined || value === '' ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(kept), LANG: 'C.UTF-8', TZ: 'UTC', GOGC }
}

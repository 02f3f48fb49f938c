import { readdirSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type RunCommand, runCommand } from '../../src/adapters/command.ts'
import { temporaryLogin } from '../../src/adapters/login.ts'
import { findPlugin } from '../../src/adapters/plugins.ts'
import { removePrivateFolder } from '../../src/adapters/private-folder.ts'
import { fakeBuildx } from '../harness/registry-buildx.ts'

let root: string
let tempDir: string
let home: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'login-test-'))
  tempDir = join(root, 'temp')
  home = join(root, 'home')
  await mkdir(join(home, '.docker'), { recursive: true })
  await mkdir(tempDir)
})
afterEach(() => rm(root, { recursive: true, force: true }))

const nothing: RunCommand = () => Promise.reject(new Error('nothing is to be run'))
const logIn = (options: Partial<Parameters<typeof temporaryLogin>[0]> = {}) =>
  temporaryLogin({
    tempDir,
    registry: 'ghcr.io',
    username: 'octocat',
    password: 'hunter2-hunter2',
    env: { HOME: home, PATH: process.env.PATH ?? '' },
    run: nothing,
    ...options,
  })
const mode = async (path: string) => (await stat(path)).mode & 0o777
const configOf = async (directory: string) => JSON.parse(await readFile(join(directory, 'config.json'), 'utf8'))
const configure = (value: object) => writeFile(join(home, '.docker', 'config.json'), JSON.stringify(value))

describe('temporaryLogin', () => {
  test('C110 T26 credentials for one registry, for nobody else to read, gone afterwards', async () => {
    await configure({ auths: { 'docker.io': { auth: 'other' } }, credHelpers: { 'ghcr.io': 'x' }, credsStore: 'y' })
    const login = await logIn()
    expect(await mode(login.configDir)).toBe(0o700)
    expect(await mode(join(login.configDir, 'config.json'))).toBe(0o600)
    expect(await configOf(login.configDir)).toEqual({
      auths: { 'ghcr.io': { auth: Buffer.from('octocat:hunter2-hunter2').toString('base64') } },
      cliPluginsExtraDirs: [join(home, '.docker', 'cli-plugins')],
    })
    await login.dispose()
    await expect(stat(login.configDir)).rejects.toThrow('ENOENT')
  })

  test('its directory is told before there is anything in it', async () => {
    const told: [string, string[]][] = []
    const { configDir } = await logIn({ onCreate: (path) => told.push([path, readdirSync(path)]) })
    expect(told).toEqual([[configDir, []]])
  })

  test('Docker Hub goes by its old name', async () => {
    const { configDir } = await logIn({ registry: 'docker.io' })
    expect(Object.keys((await configOf(configDir)).auths)).toEqual(['https://index.docker.io/v1/'])
  })

  test('C109 proxies stay behind', async () => {
    await configure({ proxies: { default: { httpProxy: 'http://user:secret@proxy' } } })
    const { configDir } = await logIn()
    expect(await readFile(join(configDir, 'config.json'), 'utf8')).not.toContain('secret')
  })

  test('C91 plugins and builders stay usable', async () => {
    const { configDir: previous } = await fakeBuildx(join(root, 'previous'), {})
    await writeFile(join(previous, 'config.json'), JSON.stringify({ cliPluginsExtraDirs: ['/opt/plugins'] }))
    const env = { HOME: home, DOCKER_CONFIG: previous }
    const login = await logIn({ env })
    expect((await configOf(login.configDir)).cliPluginsExtraDirs).toEqual([
      '/opt/plugins',
      join(previous, 'cli-plugins'),
      join(home, '.docker', 'cli-plugins'),
    ])
    expect(login.env).toEqual({ DOCKER_CONFIG: login.configDir, BUILDX_CONFIG: join(previous, 'buildx') })
    expect(await findPlugin('buildx', { ...env, ...login.env })).toBe(join(previous, 'cli-plugins', 'docker-buildx'))
  })

  test('C130 the plugins of the run come before those of the runner', async () => {
    const { binDir } = await fakeBuildx(join(root, 'own'), {})
    const { configDir } = await logIn({ pluginDirectory: binDir })
    expect((await configOf(configDir)).cliPluginsExtraDirs[0]).toBe(binDir)
  })

  test('builders that lie elsewhere stay there', async () => {
    const { env } = await logIn({ env: { HOME: home, BUILDX_CONFIG: '/elsewhere' } })
    expect(env.BUILDX_CONFIG).toBe('/elsewhere')
  })

  test('the engine of the context in use stays the engine', async () => {
    await configure({ currentContext: 'rootless' })
    const asked = 'context inspect --format {{.Endpoints.docker.Host}}'
    const { binDir } = await fakeBuildx(root, { [asked]: { stdout: 'unix:///run/user/1000/docker.sock\n' } })
    const env = { HOME: home, PATH: `${binDir}:${process.env.PATH}` }
    const login = await logIn({ env, run: runCommand })
    expect(login.env.DOCKER_HOST).toBe('unix:///run/user/1000/docker.sock')
  })

  test('an engine that cannot be told is an error, and leaves nothing behind', async () => {
    await configure({ currentContext: 'gone' })
    const { binDir } = await fakeBuildx(root, {})
    const env = { HOME: home, PATH: `${binDir}:${process.env.PATH}` }
    await expect(logIn({ env, run: runCommand })).rejects.toThrow('set DOCKER_HOST')
  })

  test.each<[string, Record<string, string>]>([
    ['DOCKER_HOST', { DOCKER_HOST: 'unix:///x', DOCKER_CONTEXT: 'other' }],
    ['the default context', { DOCKER_CONTEXT: 'default' }],
  ])('nobody is asked where %s says it', async (_, more) => {
    expect((await logIn({ env: { HOME: home, ...more } })).env).not.toHaveProperty('DOCKER_HOST')
  })
})

describe('removePrivateFolder', () => {
  test('T30 removes what a login left', async () => {
    const { configDir } = await logIn()
    expect(await removePrivateFolder(configDir, tempDir)).toBe(true)
    await expect(stat(configDir)).rejects.toThrow('ENOENT')
    expect(await removePrivateFolder(configDir, tempDir)).toBe(false)
  })

  test('T30 and nothing else, whatever the state says', async () => {
    const outside = join(root, 'verify-images-login-AAAAAA')
    const other = join(tempDir, 'something-else')
    const inside = join(tempDir, 'verify-images-login-BBBBBB')
    const link = join(tempDir, 'verify-images-login-CCCCCC')
    const file = join(tempDir, 'verify-images-login-DDDDDD')
    for (const directory of [outside, other, inside]) await mkdir(directory)
    await symlink(outside, link)
    await writeFile(file, '')
    const hostile = [
      '',
      '/',
      '.',
      tempDir,
      outside,
      other,
      link,
      file,
      `${inside}/`,
      `${inside}/..`,
      `${inside}\0`,
      `${tempDir}/../verify-images-login-AAAAAA`,
      `${tempDir}/x/../verify-images-login-BBBBBB`,
      'verify-images-login-BBBBBB',
    ]
    for (const path of hostile) expect([path, await removePrivateFolder(path, tempDir)]).toEqual([path, false])
    for (const path of [outside, other, inside, link, file]) await stat(path)
    await chmod(inside, 0o700)
    expect(await removePrivateFolder(inside, tempDir)).toBe(true)
  })
})

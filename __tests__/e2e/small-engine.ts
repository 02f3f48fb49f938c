// A Docker engine of its own on a disk of its own, as small as it is told to be; started and ended here.
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { runCommand } from '../../src/adapters/command.ts'

export interface SmallEngine extends AsyncDisposable {
  readonly dockerHost: string
  /** Where it keeps images. */
  readonly dataRoot: string
}

const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n', 'env', `PATH=${env.PATH}`]

/** Runs a program as root, and throws where it fails. */
export async function root(...words: readonly string[]): Promise<void> {
  const [program = '', ...args] = [...asRoot, ...words]
  const { exitCode, stderr } = await runCommand(program, args, { timeoutMs: 60_000, env })
  if (exitCode !== 0) throw new Error(`${words.join(' ')}: ${stderr}`)
}

const BRIDGE = `vi-${process.pid}`

/** Starts an engine with the classic store whose disk has that many bytes. */
export async function startSmallEngine(bytes: number): Promise<SmallEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'small-engine-'))
  const [image, dataRoot, socket] = [join(folder, 'disk'), join(folder, 'data'), join(folder, 'docker.sock')]
  await mkdir(dataRoot)
  await root('truncate', '--size', `${bytes}`, image)
  await root('mkfs.ext4', '-q', '-F', '-m', '0', image)
  await root('mount', '-o', 'loop', image, dataRoot)
  // without one of its own it would take away the bridge of the engines beside it
  await root('ip', 'link', 'add', BRIDGE, 'type', 'bridge')
  await root('ip', 'addr', 'add', '10.213.79.1/24', 'dev', BRIDGE)
  const places = ['--data-root', dataRoot, '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid')]
  const network = ['--bridge', BRIDGE, '--iptables=false', '--ip6tables=false']
  const [program = '', ...args] = [...asRoot, 'dockerd', '-H', `unix://${socket}`, ...places, ...network]
  const daemon = spawn(program, [...args, '--storage-driver', 'overlay2'], { env, stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => daemon.on('close', () => resolve()))
  const dockerHost = `unix://${socket}`
  const dispose = async (): Promise<void> => {
    if (daemon.exitCode === null) await root('kill', `${daemon.pid}`)
    await ended
    await root('ip', 'link', 'del', BRIDGE)
    await root('umount', '--lazy', dataRoot)
    await root('rm', '-rf', folder)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await answers(dockerHost)
  } catch (error) {
    await dispose()
    throw error
  }
  return { dockerHost, dataRoot, [Symbol.asyncDispose]: dispose }
}

async function answers(dockerHost: string): Promise<void> {
  for (let tries = 0; tries < 150; tries += 1) {
    const { exitCode } = await runCommand('docker', ['version'], {
      timeoutMs: 5_000,
      env: { ...env, DOCKER_HOST: dockerHost },
    })
    if (exitCode === 0) return
    await delay(200)
  }
  throw new Error(`no engine answers on ${dockerHost}`)
}

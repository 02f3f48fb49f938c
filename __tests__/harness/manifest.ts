import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

export interface Manifest {
  inputs: Record<string, { default?: unknown; deprecationMessage?: string }>
  outputs: Record<string, unknown>
  runs: { using: string; main: string; pre?: string; post?: string; 'pre-if'?: string; 'post-if'?: string }
}

/** Reads the `action.yml` of a JavaScript action. */
export async function readManifest(action: string): Promise<Manifest> {
  const manifest: Partial<Manifest> = parse(await readFile(join(action, 'action.yml'), 'utf8'))
  const { inputs, outputs, runs } = manifest
  if (!runs || !/^node2[04]$/.test(runs.using)) throw new Error(`action.yml: runs.using is '${runs?.using}'`)
  return { inputs: inputs ?? {}, outputs: outputs ?? {}, runs }
}

// GitHub's own language service as a linter. Its imports of JSON files need a bundler, so it is bundled first.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { parse } from 'yaml'

export interface Linter extends AsyncDisposable {
  /** Every complaint about a workflow or an action's metadata, as `line: message`. */
  lint(file: string, text: string): Promise<readonly string[]>
}

interface Diagnostic {
  readonly message: string
  readonly range: { readonly start: { readonly line: number } }
}

const ENTRY = `
  export { validate } from '@actions/languageservice'
  export { validateAction } from '@actions/languageservice/validate-action'
  export { TextDocument } from 'vscode-languageserver-textdocument'
`

/** Starts the linter; steps that use this action are held to its own `action.yml`. */
export async function startLinter(actionYml: string): Promise<Linter> {
  const folder = await mkdtemp(join(tmpdir(), 'linter-'))
  const outfile = join(folder, 'service.mjs')
  await build({
    stdin: { contents: ENTRY, resolveDir: '.' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })
  const { validate, validateAction, TextDocument } = await import(pathToFileURL(outfile).href)
  const { name, description, inputs, outputs } = parse(actionYml)
  const actionsMetadataProvider = {
    fetchActionMetadata: async ({ owner, name: repository, path }: { owner: string; name: string; path?: string }) =>
      owner === 'verify-images' && repository === 'verify-images' && !path
        ? { name, description, inputs, outputs }
        : undefined,
  }
  return {
    lint: async (file, text) => {
      const document = TextDocument.create(`file:///${file}`, 'yaml', 1, text)
      const check = file.endsWith('action.yml') ? validateAction : validate
      const found: readonly Diagnostic[] = await check(document, { actionsMetadataProvider })
      // whether other people's actions exist cannot be asked without a network
      const known = found.filter(
        ({ message }) => !message.startsWith('Unable to resolve action `') || message.includes('`verify-images/'),
      )
      return known.map(({ message, range }) => `${range.start.line + 1}: ${message}`)
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

// src → dist (entries, shared chunks, licences). The same bytes for any directory and any run.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { build, type Metafile, type Plugin } from 'esbuild'

/** @actions/core loads node:http and undici, 450 kB and 100 ms of start-up, only for getIDToken(), which nobody here calls. */
const noOidc: Plugin = {
  name: 'no-oidc',
  setup(bundle) {
    let hits = 0
    bundle.onResolve({ filter: /^\.\/oidc-utils\.js$/ }, ({ resolveDir }) => {
      if (!/@actions[\\/]core[\\/]lib$/.test(resolveDir)) return undefined
      hits += 1
      return { path: 'oidc', namespace: 'no-oidc' }
    })
    bundle.onLoad({ filter: /.*/, namespace: 'no-oidc' }, () => ({ contents: 'export const OidcClient = undefined' }))
    bundle.onEnd(() => (hits > 0 ? {} : { errors: [{ text: '@actions/core has another layout: revise noOidc' }] }))
  },
}

function licences({ outputs }: Metafile): string {
  const used = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) =>
      bytesInOutput > 0 ? (/^(?:[\w-]+:)?(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []) : [],
    ),
  )
  const texts = [...new Set(used)].map((directory) => {
    const { name, version, license } = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8'))
    const file = readdirSync(directory).find((each) => /^(licen[cs]e|copying)(\.|-|$)/i.test(each))
    if (file === undefined) throw new Error(`${name} has no licence file`)
    const text = readFileSync(`${directory}/${file}`, 'utf8').replaceAll('\r\n', '\n').trim()
    return `${name}@${version}\n${license}\n\n${text}\n`
  })
  return texts.sort().join(`\n${'-'.repeat(80)}\n\n`)
}

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const { metafile, outputFiles } = await build({
  entryPoints: { index: 'src/action.ts', post: 'src/post.ts', cli: 'src/cli.ts' },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  // names stay: a stack trace tells them, and esbuild's own way to keep them takes 15 ms of every start
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  define: { VERSION: JSON.stringify(version) },
  metafile: true,
  write: false,
  logLevel: 'warning',
  plugins: [noOidc],
  banner: { js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);" },
})
rmSync('dist', { recursive: true, force: true })
for (const { path, contents } of outputFiles) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, contents)
}
writeFileSync('dist/licenses.txt', licences(metafile))
writeFileSync('dist/package.json', '{ "type": "module" }\n')
for (const [name, { bytes }] of Object.entries(metafile.outputs)) {
  process.stdout.write(`${(bytes / 1000).toFixed(0).padStart(6)} kB  ${name}\n`)
}

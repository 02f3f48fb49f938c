// Writes the tables of inputs and outputs in README.md from action.yml, so that they cannot differ.
import { readFileSync, writeFileSync } from 'node:fs'
import { parse } from 'yaml'

interface Declared {
  readonly description: string
  readonly default?: string
}

const { inputs, outputs } = parse(readFileSync('action.yml', 'utf8'))
const cell = (text: string): string => text.replaceAll('|', '\\|')
const rows = (declared: Readonly<Record<string, Declared>>): readonly string[] =>
  Object.entries(declared).map(([name, { description, default: value }]) => {
    const fallback = value === undefined ? '' : ` (default \`${value}\`)`
    return `| \`${name}\` | ${cell(description)}${fallback} |`
  })
const tables = ['| input | |', '|---|---|', ...rows(inputs), '', '| output | |', '|---|---|', ...rows(outputs)].join(
  '\n',
)

const readme = readFileSync('README.md', 'utf8')
const written = readme.replace(
  /<!-- inputs -->[\s\S]*<!-- \/inputs -->/,
  `<!-- inputs -->\n\n${tables}\n\n<!-- /inputs -->`,
)
writeFileSync('README.md', written)

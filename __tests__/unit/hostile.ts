// Text as an attacker writes it: pieces of workflow commands of both kinds, line ends, odd spaces, escapes, mark-up.
import fc from 'fast-check'

const COMMANDS = [
  'stop-commands',
  'set-output',
  'save-state',
  'add-mask',
  'add-matcher',
  'remove-matcher',
  'set-env',
  'debug',
  'notice',
  'warning',
  'error',
  'group',
  'endgroup',
  'echo',
]
const SPACES = [...'\t \u00A0\u1680\u2000\u200A\u2028\u2029\u202F\u205F\u3000\u0085\v\f', '\u200B', '\uFEFF', '\0', '']
const WEIGHTLESS = [
  '\u00AD',
  '\u200D',
  '\uFE0F',
  '\u0301',
  '\u20DD',
  '\u{E0001}',
  '\uFFFD',
  '\uD800',
  '\u001B[0m',
  '\u0007',
]
const LINE_ENDS = ['\n', '\r', '\r\n', '\u2028', '\u0085', '\v', '\u001E']
const MARKUP = [
  '</td><img src=x onerror=a>',
  '@org/team',
  '![](http://e.example)',
  '[a](b)',
  '|',
  '`',
  '``',
  '<!--',
  ']]>',
  '&#x41;',
  '\\',
  '*',
  '_',
]

const word = fc.oneof(fc.constantFrom(...COMMANDS), fc.constantFrom(...COMMANDS.map((name) => name.toUpperCase())))
const noise = fc.oneof(fc.string({ maxLength: 6 }), fc.string({ unit: 'binary', maxLength: 6 }))
const piece = fc.oneof(
  fc.constantFrom('::', ':', '##[', '#', '[', ']', '=', ',', ';', ' name=verified', 'true', '%0A', '%3A'),
  fc.constantFrom(...SPACES, ...WEIGHTLESS, ...LINE_ENDS, ...MARKUP),
  word,
  noise,
)
const soup = fc.array(piece, { minLength: 1, maxLength: 30 }).map((pieces) => pieces.join(''))
const between = fc.oneof({ weight: 3, arbitrary: fc.constant('') }, fc.constantFrom(...WEIGHTLESS))
const properties = fc.constantFrom('', ' name=x', ' name=verified,file=a', ' owner=python')
const command = fc
  .tuple(fc.array(fc.constantFrom(...SPACES), { maxLength: 3 }), between, word, properties, between, noise)
  .map(([spaces, gap, name, given, gap2, data]) => `${spaces.join('')}:${gap}:${name}${given}:${gap2}:${data}`)
const oldCommand = fc
  .tuple(noise, between, between, word, properties, noise)
  .map(([before, gap, gap2, name, given, data]) => `${before}#${gap}#${gap2}[${name}${given}]${data}`)
const line = fc.oneof(soup, command, oldCommand)

export const hostileText: fc.Arbitrary<string> = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 4 }), fc.constantFrom(...LINE_ENDS))
  .map(([lines, end]) => lines.join(end))

/** One of each kind of attack, for tests that want the worst in every field. */
export const HOSTILE = [
  '::set-output name=verified::true',
  'x\r::add-mask::pass\n##[error]y',
  '</td></tr></table><img src=x onerror=alert(1)>',
  '![pixel](http://evil.example/p.png) [click](javascript:alert(1)) https://evil.example www.evil.example',
  '@org/team `code` ``` **bold** _it_ ~~no~~ | a | b | # h',
  '\u001B[2J\u001B]8;;http://evil.example\u0007link\u001B]8;;\u0007 \u202Egnp.exe \0\uFFFE\uD800 ]]> <!-- &amp; a,line=9::x',
] as const

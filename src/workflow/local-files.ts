/** The files of this repository that a workflow, or an action, leads to: reusable workflows, and both names an action's file may have. */
export const localFiles = (text: string): readonly string[] =>
  localPaths(text).flatMap((path) => (/\.ya?ml$/.test(path) ? [path] : actionFiles(path)))

/** What of this repository a workflow, or an action, uses, by its way from the root. */
export const localPaths = (text: string): readonly string[] =>
  [...text.matchAll(/\buses['"]?\s*:\s*(?:&\S+\s+)?['"]?\.\/([^\s'"#@},]*)/g)].map(([, path = '']) => path)

/** The two names that the file of an action may have, in the order GitHub looks for them. */
export const actionFiles = (folder: string): readonly string[] => {
  const clean = folder.replace(/\/$/, '')
  return ['action.yml', 'action.yaml'].map((name) => (clean === '' ? name : `${clean}/${name}`))
}

// Where script/bench started what is measured.
function need(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`no ${name}: run script/bench, which sets it`)
  return value
}

/** The engine, the registry with its access log, and the commit of the images. */
export const place = {
  dockerHost: need('BENCH_DOCKER_HOST'),
  registry: need('BENCH_REGISTRY'),
  registryLog: need('BENCH_REGISTRY_LOG'),
  sha: need('STACK_SHA'),
}

import { place } from './place.ts'
import type { ImageSet } from './sets.ts'
import { timed } from './shell.ts'

/**
 * The check as a person does it, command after command: pull, look at the sizes, at the platforms, at the second tag,
 * run. It asks less than the action does: no look at arm64, no digests compared, no check of what torch was built for.
 */
export function byHand({ images, owner }: ImageSet): Promise<number> {
  const [backend, cpu, gpu] = images
  const tag = `sha-${place.sha.slice(0, 7)}`
  return timed(`
    ${images.map((image) => `docker pull ${image}:latest`).join('\n')}
    docker images | grep ${place.registry}/${owner}
    ${images.map((image) => `docker manifest inspect --insecure ${image}:latest | grep architecture`).join('\n')}
    ${images.map((image) => `docker pull ${image}:${tag}`).join('\n')}
    docker run --rm ${backend}:latest python -c 'import ktrdr; print(f"ktrdr {ktrdr.__version__}")'
    (docker run --rm ${backend}:latest python -c 'import torch' 2>&1 || true) | grep -q ModuleNotFoundError
    docker run --rm ${cpu}:latest python3 -c 'import torch; print(f"torch {torch.__version__}")'
    docker run --rm ${gpu}:latest python3 -c 'import torch; print(f"torch {torch.__version__}")'`)
}

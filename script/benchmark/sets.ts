import { place } from './place.ts'

/** The three images of the first user: full, with real packages, or quick, with stand-ins. */
export interface ImageSet {
  readonly owner: 'ktrdr' | 'quick'
  readonly images: readonly string[]
  readonly spec: string
}

interface Sizes {
  readonly backend: string
  readonly cpu: string
  readonly gpu: string
}

const SIZES: Readonly<Record<'ktrdr' | 'quick', Sizes>> = {
  ktrdr: { backend: '~430MB', cpu: '~1.4GB', gpu: '>=2GB' },
  quick: { backend: '<200MB', cpu: '<200MB', gpu: '<900MB' },
}

/** What is verified, and where it lies. */
export function imageSet(owner: 'ktrdr' | 'quick'): ImageSet {
  const { backend, cpu, gpu } = SIZES[owner]
  const name = (image: string) => `${place.registry}/${owner}/ktrdr-${image}`
  return {
    owner,
    images: ['backend', 'worker-cpu', 'worker-gpu'].map(name),
    spec: `version: 1
tags: [latest, 'sha-{sha7}']
images:
  backend:
    image: ${name('backend')}
    platforms: [linux/amd64, linux/arm64]
    size: '${backend}'
    imports: [ktrdr]
    absent: [torch]
  worker-cpu:
    image: ${name('worker-cpu')}
    platforms: [linux/amd64, linux/arm64]
    size: '${cpu}'
    imports: [ktrdr, { module: torch, version: '2.*' }]
    torch: cpu
  worker-gpu:
    image: ${name('worker-gpu')}
    platforms: [linux/amd64]
    size: '${gpu}'
    imports: [ktrdr, torch]
    torch: cuda
`,
  }
}

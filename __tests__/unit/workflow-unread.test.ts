// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions as workflows write them
import { describe, expect, test } from '@jest/globals'
import { deriveImages } from '../../src/workflow/derive.ts'
import { lintWorkflow } from '../../src/workflow/lint.ts'
import { readWorkflow } from '../../src/workflow/read.ts'

const ghcr =
  'uses: docker/login-action@v3\n        with: {registry: ghcr.io, username: x, password: "${{ secrets.GITHUB_TOKEN }}"}'
const hub = 'uses: docker/login-action@v3\n        with: {username: x, password: "${{ secrets.HUB_TOKEN }}"}'
const build = 'uses: docker/build-push-action@v6\n        with: {push: true, tags: ghcr.io/acme/api}'

const write = 'permissions: {contents: read, packages: write}'
const read = 'permissions: {contents: read, packages: read}'

interface Job {
  /** Of the job; empty where it has none. */
  readonly grant?: string
  /** Of the workflow. */
  readonly shared?: string
  readonly steps: readonly string[]
}

/** What remains unknown of a workflow with this job. */
function unknownOf({ grant = '', shared = 'permissions: {}', steps }: Job): readonly string[] {
  const job = `  worker:\n    runs-on: ubuntu-latest\n    ${grant}\n    steps:\n${steps.map((step) => `      - ${step}\n`).join('')}`
  const workflow = readWorkflow(`on: [push, workflow_dispatch]\n${shared}\njobs:\n${job}`, 'w.yml')
  if (!workflow.ok) throw new Error(JSON.stringify(workflow.problems))
  const derived = deriveImages(workflow.value, { eventName: 'push' }, () => 'runs: {steps: [{run: ls}]}')
  const lint = lintWorkflow({ workflow: workflow.value, run: {}, derived, dockerfiles: new Set(['Dockerfile']) }, [])
  const pieces = derived.unknown.filter(({ what }) => what === 'build').map(({ name, reason }) => `${name}: ${reason}`)
  // What may push is never told to give its right away.
  if (pieces.length > 0) expect(lint.filter(({ code }) => code === 'workflow/permission-missing')).toEqual([])
  return pieces
}

describe('a script or an action that is known to push', () => {
  test.each([
    'run: docker compose -f prod.yml push',
    'run: docker compose --file prod.yml --profile=all push worker',
    'run: docker-compose push',
    'run: docker compose -f prod.yml build --push',
    'run: earthly --push +image',
    'run: earthly --ci --push +image',
    'run: ./gradlew jib',
    'run: gradle :worker:jib --image=x',
    'run: depot build --push -t ghcr.io/acme/worker .',
    'run: depot bake --push',
    'run: docker buildx build -t ghcr.io/acme/worker -o type=registry .',
    'run: docker buildx build -o=type=image,name=x,push=true .',
    'run: docker builder build --push .',
    'run: mvn compile com.google.cloud.tools:jib-maven-plugin:3.4.4:build',
    'run: gcloud builds submit --tag x',
    'run: az acr build --registry x .',
    'run: devcontainer build --push --image-name x',
    'run: gcrane cp x y',
    '{uses: devcontainers/ci@v0.3, with: {imageName: ghcr.io/acme/worker}}',
  ])('%s', (step) => {
    expect(unknownOf({ steps: [step] })).toHaveLength(1)
    expect(unknownOf({ grant: write, steps: [ghcr, step] })).toHaveLength(1)
  })

  test.each([
    'run: docker compose -f prod.yml pull',
    'run: docker compose up -d push-gateway',
    'run: docker-compose build',
    'run: ./gradlew jibDockerBuild',
    'run: earthly +test',
    'run: depot build --load .',
    'run: docker buildx build -o type=docker .',
    'uses: devcontainers/ci@v0.3',
    'uses: ./.github/actions/setup',
    '{uses: devcontainers/ci@v0.3, with: {imageName: ghcr.io/acme/worker, push: never}}',
  ])('not so: %s', (step) => {
    expect(unknownOf({ steps: [step] })).toEqual([])
  })
})

describe('a job that logs in and may write packages', () => {
  const may = 'the job logs in to a registry and may push, and what this step does is not read here'

  test.each([
    'run: make push',
    'run: ./scripts/build-and-push.sh',
    'run: bash scripts/build-and-push.sh',
    'run: sudo REGISTRY=ghcr.io make images',
    'run: cd worker && npm run docker:push',
    'run: "$GITHUB_WORKSPACE/ci/release.sh"',
    'run: ./gradlew dockerPush',
    'run: make images VERSION=${{ steps.version.outputs.v }} CACHE=on',
    'run: ./build.sh --push',
    'run: skaffold build',
    'run: npm run images',
    'run: bazel run //worker:push',
    'run: make packages images',
    'run: if [ "$X" ]; then ./scripts/images.sh; fi',
    'uses: ./.github/actions/publish',
    'run: goreleaser release',
    'uses: acme/actions/docker-build@v2',
    'uses: goreleaser/goreleaser-action@v6',
    'uses: acme/kaniko@v1',
  ])('builds in a way that is not read: %s', (step) => {
    const expected = [expect.stringMatching(new RegExp(`^worker: .*: ${may}$`))]
    expect(unknownOf({ grant: write, steps: [ghcr, step] })).toEqual(expected)
    expect(unknownOf({ grant: 'permissions: write-all', steps: [ghcr, step] })).toEqual(expected)
    expect(unknownOf({ shared: write, steps: [ghcr, step] })).toEqual(expected)
    expect(unknownOf({ shared: '', steps: [ghcr, step] })).toEqual(expected)
    expect(unknownOf({ grant: read, steps: [hub, step] })).toEqual(expected)
  })

  test.each([
    'run: docker login ghcr.io -u x --password-stdin <<< "$TOKEN"',
    'uses: aws-actions/amazon-ecr-login@v2',
    'uses: redhat-actions/podman-login@v1',
    'run: az acr login --name x',
    'run: gcloud auth configure-docker europe-docker.pkg.dev',
  ])('is one that does so by %s', (login) => {
    expect(unknownOf({ grant: read, steps: [login, 'run: make push'] })).toHaveLength(1)
  })

  test.each(['run: make', 'run: ./ci.sh', 'run: task worker', 'uses: acme/ci@v1', 'uses: devcontainers/ci@v0.3'])(
    'with a step that may do anything, where the right is its own: %s',
    (step) => {
      expect(unknownOf({ grant: write, steps: [ghcr, step] })).toHaveLength(1)
      expect(unknownOf({ shared: write, steps: [ghcr, step] })).toEqual([])
      expect(unknownOf({ grant: read, steps: [hub, step] })).toEqual([])
    },
  )

  test.each([
    'run: make test TAG=latest',
    'run: make test-image',
    'run: make test EVENT=push',
    'run: make docs-publish',
    'run: $HOME/bin/structor -o x --dockerfile-url=https://x/docs.Dockerfile --debug',
    'run: "make test # which does not push"',
    'run: ./scripts/smoke.sh',
    'run: ./script/verify-images',
    'run: npm ci && npm test',
    'run: npm run build',
    'run: npm publish',
    'run: yarn --frozen-lockfile',
    'run: ./gradlew build',
    'run: ./gradlew publish',
    'run: git push origin main',
    'run: curl -fsS http://localhost:8080/health',
    'run: pytest -m image',
    'run: docker compose up -d && docker compose exec api pytest',
    'run: docker pull ghcr.io/acme/worker && docker run --rm ghcr.io/acme/worker --version',
    'run: docker buildx imagetools inspect ghcr.io/acme/worker',
    'run: cosign sign --yes ghcr.io/acme/worker@$DIGEST',
    'run: "# make push"',
    'run: echo "then make push"',
    'run: python -m build',
    'run: kubectl rollout restart deployment/worker',
    'run: ./scripts/deploy.sh',
    'uses: verify-images/verify-images@v1',
    'uses: acme/verify-images@v1',
    '{uses: acme/docker-build@v2, with: {push: false}}',
    '{uses: devcontainers/ci@v0.3, with: {imageName: ghcr.io/acme/worker, push: never}}',
    'uses: actions/attest-build-provenance@v2',
    'uses: actions/cache@v4',
    'uses: aquasecurity/trivy-action@0.28.0',
    'uses: anchore/scan-action@v6',
    'uses: anchore/sbom-action@v0',
    'uses: sigstore/cosign-installer@v3',
    'uses: docker/setup-buildx-action@v3',
    'uses: docker/scout-action@v1',
    'uses: hadolint/hadolint-action@v3',
    'uses: github/codeql-action/upload-sarif@v3',
    'uses: pnpm/action-setup@v4',
    'uses: astral-sh/setup-uv@v5',
    'uses: dataaxiom/ghcr-cleanup-action@v1',
    'uses: snok/container-retention-policy@v3',
    'uses: codecov/codecov-action@v5',
    'uses: softprops/action-gh-release@v2',
    'uses: googleapis/release-please-action@v4',
    'uses: pypa/gh-action-pypi-publish@release/v1',
    'uses: appleboy/ssh-action@v1',
    'uses: slackapi/slack-github-action@v2',
    'uses: step-security/harden-runner@v2',
    'uses: nwtgck/actions-netlify@v3',
    'uses: helm/chart-releaser-action@v1',
  ])('and does something else: %s', (step) => {
    expect(unknownOf({ grant: read, steps: [hub, step] })).toEqual([])
    expect(unknownOf({ shared: write, steps: [ghcr, step] })).toEqual([])
  })

  test.each<[string, Job]>([
    ['may not write', { grant: read, steps: [ghcr, 'run: make push'] }],
    ['logs in to nothing', { grant: write, steps: ['run: make push'] }],
    ['logs in afterwards', { grant: write, steps: ['run: make push', ghcr] }],
    ['logs in only otherwise', { grant: write, steps: [`if: false\n        ${ghcr}`, 'run: make push'] }],
    ['pushes only otherwise', { grant: write, steps: [ghcr, 'if: false\n        run: make push'] }],
    ['has a build that is read', { grant: write, steps: [ghcr, 'run: make push', build] }],
    [
      'gives tags to digests',
      { grant: write, steps: [ghcr, 'run: docker buildx imagetools create -t a/b:1 a/b@sha256:c', 'run: make push'] },
    ],
  ])('is none that %s', (_, job) => {
    expect(unknownOf(job)).toEqual([])
  })

  test('has one step that is told, however many there are, and rows', () => {
    const shared = `${write}\nenv: {X: y}`
    const steps = [ghcr, 'run: make', 'run: make push', 'run: make push-all']
    const grant = `${write}\n    strategy: {matrix: {row: [a, b]}}`
    expect(unknownOf({ grant, shared, steps })).toEqual([expect.stringContaining('worker: step 3')])
  })
})

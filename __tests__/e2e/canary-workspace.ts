// A small system to bring up: one image of the stack, run as a server that speaks JSON and knows a worker.
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { registry } from './stack.ts'

const SERVER = `
import json, os, sys, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
polls = {}
class Handler(BaseHTTPRequestHandler):
    def say(self, status, body):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())
    def do_GET(self):
        if self.path == '/workers':
            worker = json.load(urllib.request.urlopen('http://worker:8000/health', timeout=5))
            return self.say(200, {'total': worker['ok']})
        if self.path == '/health': return self.say(200, {'ok': 1})
        if self.path == '/env': return self.say(200, dict(os.environ))
        if self.path == '/status':
            return self.say(200, dict(line.strip().split(':\\t', 1) for line in open('/proc/1/status') if ':\\t' in line))
        if self.path == '/end': os._exit(7)
        polls[self.path] = polls.get(self.path, 0) + 1
        self.say(200, {'status': 'completed' if polls[self.path] > 2 else 'running', 'path': self.path})
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers['content-length'])))
        self.say(202, {'operation': {'id': 'of/' + body['symbol']}})
    def do_DELETE(self): self.say(200, {'gone': self.path})
print('serving', flush=True)
ThreadingHTTPServer(('', 8000), Handler).serve_forever()
`

export const COMPOSE = `
services:
  backend:
    image: backend:test
    container_name: backend
    command: [python3, /srv/server.py]
    ports: ['18000:8000']
    restart: unless-stopped
    environment: { TOKEN: '\${TOKEN}' }
    volumes: ['./server.py:/srv/server.py', 'data:/data']
    depends_on: { worker: { condition: service_healthy }, migrate: { condition: service_completed_successfully } }
  worker:
    image: worker:test
    command: [python3, /srv/server.py]
    volumes: ['./server.py:/srv/server.py']
    healthcheck:
      test: [CMD, python3, -c, "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/health')"]
      interval: 1s
      retries: 2
  migrate:
    image: worker:test
    entrypoint: [python3, -c, "print('migrated')"]
volumes: { data: {} }
`

export const STEPS = `
    - { name: the worker is there, request: { service: backend, port: 8000, path: /workers }, expect: { json: { total: 1 } }, until: 20s }
    - name: a backtest is taken
      request: { service: backend, port: 8000, method: POST, path: /backtest, json: { symbol: AAPL } }
      expect: { status: 202 }
      capture: { operation: operation.id }
    - name: it completes
      request: { service: backend, port: 8000, path: '/operations/{operation}' }
      expect: { json: { status: completed, path: /operations/of%2FAAPL } }
      fail-on: { json: { status: failed } }
      until: 20s
    - { name: it is gone, request: { service: backend, port: 8000, method: DELETE, path: '/operations/{operation}' }, always: true }`

/** The spec of a canary on one image, whose services all run it. */
export const specOf = (
  canary: string,
  { image = 'ktrdr/ktrdr-backend', services = '{ backend: app, worker: app, migrate: app }' } = {},
): string => `
version: 1
images:
  app:
    image: ${registry}/${image}
    platforms: [linux/amd64, linux/arm64]
canary:
  file: deploy/compose.yml
  services: ${services}
  env: { TOKEN: given }
${canary}`

/** A folder with the spec, the compose file, and whatever else is given. */
export async function workspaceWith(
  spec: string,
  compose: string = COMPOSE,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const workspace = await mkdtemp(join(tmpdir(), 'workspace-'))
  const files = {
    '.github/verify-images.yml': spec,
    'deploy/compose.yml': compose,
    'deploy/server.py': SERVER,
    ...more,
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true })
    await writeFile(join(workspace, path), text)
  }
  return workspace
}

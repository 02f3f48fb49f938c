// Who is to blame that a container does not start, by words noted from Docker 28 with runc, podman 4 and crun.
import { expect, test } from '@jest/globals'
import { neverRan, refusedBy } from '../../src/adapters/docker/start-fault.ts'
import { leadsOutside } from '../../src/model/workdir.ts'

const RUNC = 'failed to create task for container: OCI runtime create failed: runc create failed: unable to start'
const INIT = `${RUNC} container process: error during container init:`

test.each([
  `${RUNC} container process: exec: "/nope": stat /nope: no such file or directory`,
  `${RUNC} container process: exec: "nope": executable file not found in $PATH`,
  `${RUNC} container process: exec: "/noexec": permission denied`,
  `${INIT} exec: "./entrypoint.sh": permission denied`,
  'OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "nope": executable file not found in $PATH',
  'OCI runtime create failed: container_linux.go:349: starting container process caused "exec: \\"nope\\": permission denied"',
  'crun: executable file `nope` not found in $PATH: No such file or directory: OCI runtime attempted',
  'exec /fmt: exec format error',
  'exec /fmt: no such file or directory',
  'unable to find user nosuch: no matching entries in passwd file',
  'unable to find group nosuch: no matching entries in group file',
  `${INIT} chdir to cwd ("/sec") set in config.json failed: permission denied`,
  `${INIT} mkdir /proc/self/fd/8: not a directory`,
  `${INIT} mkdir /sys/fs/x: read-only file system`,
  'current working directory is outside of container mount namespace root -- possible container breakout detected',
  'Error response from daemon: Cannot mkdir: /afile is not a directory',
  'Error response from daemon: no command specified',
])('C94 C103 the image: %s', (error) => expect(refusedBy(error)).toBe('image'))

test.each([
  '',
  `${INIT} open /proc/sys/net/ipv4/ip_unprivileged_port_start: no such file or directory`,
  `${RUNC} container process: error during container init: error mounting "proc": permission denied`,
  'could not select device driver "" with capabilities: [[gpu]]',
  'failed to start shim: exec: "containerd-shim": executable file not found in $PATH: unknown',
  'failed to create task for container: failed to start shim: start failed: exec: "containerd-shim-runc-v2": executable file not found in $PATH',
  'failed to start shim: start failed: io.containerd.runc.v2: fork/exec /usr/bin/containerd-shim-runc-v2: exec format error',
  'failed to create shim task: OCI runtime create failed: unable to retrieve OCI runtime error (open log.json: no such file or directory): exec: "runc": executable file not found in $PATH',
  'exec: "docker-init": executable file not found in $PATH',
  'unknown or invalid runtime name: nvidia',
  `${RUNC} container process: error running hook #0: error running hook: exit status 1, stdout: , stderr: exec: "nvidia-container-cli": executable file not found in $PATH`,
  `${RUNC} container process: error running prestart hook #0: fork/exec /usr/bin/nvidia-container-runtime-hook: no such file or directory`,
  'fork/exec /usr/bin/runc: resource temporarily unavailable',
  'error running hook #0: nvidia-container-cli: initialization error: libcuda.so: no such file or directory',
  'cannot allocate memory',
  'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
  'driver failed programming external connectivity: port is already allocated',
  'mkdir /var/lib/docker/overlay2/x: no space left on device',
  'No such image: sha256:abc',
])('the engine, or nobody knows: %s', (error) => expect(refusedBy(error)).toBe('engine'))

test.each([
  [`${RUNC} container process: exec: "python": executable file not found in $PATH: unknown`, 'python'],
  [`${RUNC} container process: exec: "/opt/python": stat /opt/python: no such file or directory`, '/opt/python'],
  [`${RUNC} container process: exec: "/file/python": stat /file/python: not a directory`, '/file/python'],
  [`${RUNC} container process: exec: "/noexec": permission denied`, undefined],
  ['exec /usr/bin/python: no such file or directory', undefined],
  ['failed to start shim: exec: "containerd-shim-runc-v2": executable file not found in $PATH', undefined],
  [`${INIT} open /proc/sys/x: no such file or directory`, undefined],
  ['', undefined],
])('the program that is missing: %s', (error, missing) => {
  expect(neverRan(error)).toMatchObject({ startedAt: undefined, exitCode: undefined, error })
  expect(neverRan(error).missing).toBe(missing)
})

test.each(['/proc', '/proc/self/fd/8', '//proc//1/cwd', '/app/../proc/self', '/./sys/', 'proc/self/fd/7', '/dev/fd/9'])(
  'C103 %s leads out of the container',
  (workdir) => expect(leadsOutside(workdir)).toBe(true),
)
test.each(['', '/', '/app', '/process', '/system', '/dev/shm', '/app/proc', '/proc/../app', '/srv/sys/proc'])(
  '%j does not',
  (workdir) => expect(leadsOutside(workdir)).toBe(false),
)

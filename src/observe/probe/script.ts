/**
 * What runs inside the image, as `python -c SCRIPT NONCE SECONDS torch|torch+gpu|- MODULE…`, on Python 3.5 and later.
 *
 * It imports nothing but what is compiled into the interpreter: trimmed images lack json and importlib.util. Each module
 * is imported in a fork of its own, so that a crash, an exit or a hang of one hides nothing of the others. The parent
 * writes every line in one piece: `NONCE begin …`, `NONCE INDEX FIELD…`, `NONCE vendor …`, `NONCE end COUNT`; text is in
 * hex, `-` is None and `.` is the empty text. It reports what it saw; lines.ts says what that means.
 */
export const PROBE_SCRIPT = String.raw`
import sys
import posix

out = posix.dup(1)
nonce = sys.argv[1]
if sys.version_info < (3, 5):
    posix.write(out, (nonce + ' old %d.%d.%d\n' % sys.version_info[:3]).encode('ascii'))
    posix._exit(0)
limit = float(sys.argv[2])
torch = sys.argv[3] in ('torch', 'torch+gpu')
gpu = sys.argv[3] == 'torch+gpu'
names = sys.argv[4:]
sys.argv[:] = ['-c']
try:
    del sys.orig_argv[1:]
except AttributeError:
    pass

try:
    import time
    clock = time.perf_counter
    def rest():
        time.sleep(0.005)
except ImportError:
    def clock():
        return posix.times()[4]
    def rest():
        posix.sched_yield()


def hexed(value, most=1200):
    if not isinstance(value, str):
        return '-'
    return str.encode(value, 'utf-8', 'backslashreplace')[:most].hex() or '.'


def text(value):
    try:
        return str(value)
    except BaseException:
        return 'an exception that cannot be printed'


def get(value, name):
    try:
        return getattr(value, name, None)
    except BaseException:
        return None


def write(fd, *fields):
    data = (' '.join(fields) + '\n').encode('ascii')
    while data:
        try:
            data = data[posix.write(fd, data):]
        except BlockingIOError:
            rest()


def say(*fields):
    write(out, nonce, *fields)


def listing(path):
    try:
        return posix.listdir(path)
    except OSError:
        return []


def is_folder(path):
    try:
        return posix.stat(path).st_mode & 0o170000 == 0o040000
    except OSError:
        return False


def metadata_version(name):
    try:
        from importlib import metadata
        top = name.split('.')[0]
        if get(sys.modules[top], '__file__') is not None:
            try:
                return metadata.version(top)
            except metadata.PackageNotFoundError:
                pass
        # what several packages share has the version of none of them
        package, = set(metadata.packages_distributions()[top])
        return metadata.version(package)
    except BaseException:
        return None


def hollow(module):
    if get(module, '__file__') is not None:
        return None
    try:
        folders = list(module.__path__)
    except BaseException:
        return None
    below = [(folder, 0) for folder in folders]
    looks = 10000
    while below and looks > 0:
        folder, depth = below.pop(0)
        for entry in listing(folder)[:looks]:
            looks -= 1
            name, dot, kind = entry.partition('.')
            if not name.isidentifier() or name == '__pycache__':
                continue
            if kind in ('py', 'pyc', 'so') or kind.endswith('.so'):
                return None
            if not dot and depth < 8 and is_folder(folder + '/' + entry):
                below.append((folder + '/' + entry, depth + 1))
    return ', '.join(folders)


def load(name):
    def work(tell):
        begun = clock()
        try:
            __import__(name)
            module = sys.modules[name]
        except SystemExit as error:
            code = get(error, 'code')
            tell('exit', str(0 if code is None else code & 255 if isinstance(code, int) else 1))
            return
        except BaseException as error:
            deeper = error.__traceback__.tb_next
            while deeper and deeper.tb_frame.f_code.co_filename.startswith('<frozen importlib'):
                deeper = deeper.tb_next
            where = 'inside' if deeper else 'here'
            tell('error', hexed(type(error).__name__, 100), hexed(get(error, 'name'), 200), where, hexed(text(error)))
            return
        took = int((clock() - begun) * 1000000)
        empty = hollow(module)
        if empty is not None:
            tell('hollow', hexed(empty))
            return
        tell('ok', str(took))
        version = get(module, '__version__')
        tell('version', hexed(version if isinstance(version, str) else metadata_version(name), 100))
        if torch and name == 'torch':
            built = get(module, 'version')
            said = [get(built, 'cuda'), get(built, 'hip')]
            if hasattr(built, 'cuda') and all(value is None or isinstance(value, str) for value in said):
                tell('torch', *[hexed(value, 100) for value in said])
            if gpu:
                tell('gpu', *look_for_gpu(module))
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except BaseException:
                pass
    return work


def look_for_gpu(module):
    try:
        if module.cuda.is_available() is True:
            return 'yes', '.'
        module.cuda.init()
    except BaseException as error:
        return 'no', hexed(text(error))
    return 'no', '.'


def vendor(tell):
    found = set()
    folders = [(folder or '.') + '/nvidia' for folder in sys.path]
    try:
        folders += list(__import__('nvidia').__path__)
    except BaseException:
        pass
    for folder in folders:
        for entry in listing(folder):
            if entry.isidentifier() and not entry.startswith('_') and is_folder(folder + '/' + entry):
                found.add(entry)
    for folder in sys.path:
        if '__init__.py' in listing((folder or '.') + '/triton'):
            found.add('triton')
    tell('vendor', hexed(','.join(sorted(found)) or ''))


def forked(work, tell):
    """Runs work in a fork and hands on what it tells, or else how it ended."""
    try:
        source, sink = posix.pipe()
        child = posix.fork()
    except OSError as error:
        tell('unforked', hexed(text(error)))
        return
    if child == 0:
        code = 70
        try:
            posix.setsid()
            posix.close(source)
            posix.close(out)
            # a fork that the module made comes here too, and is to say nothing
            myself = posix.getpid()
            work(lambda *fields: write(sink, *fields) if posix.getpid() == myself else posix._exit(0))
            code = 0
        finally:
            posix._exit(code)
    posix.close(sink)
    deadline = clock() + limit
    late = False
    while True:
        ended, status = posix.waitpid(child, posix.WNOHANG)
        if ended:
            break
        if clock() > deadline and not late:
            late = True
            kill(child)
        rest()
    kill(-child)
    posix.set_blocking(source, False)
    told = b''
    try:
        while len(told) < 65536:
            chunk = posix.read(source, 65536)
            if not chunk:
                break
            told += chunk
    except OSError:
        pass
    posix.close(source)
    lines = told.decode('ascii', 'replace').split('\n')[:-1]
    if lines:
        for line in lines[:4]:
            tell(*line.split(' '))
    elif late:
        tell('late')
    elif posix.WIFSIGNALED(status):
        tell('signal', str(posix.WTERMSIG(status)))
    else:
        tell('exit', str(posix.WEXITSTATUS(status)))


def kill(pid):
    try:
        posix.kill(pid, 9)
    except OSError:
        pass


say('begin', hexed('%d.%d.%d' % sys.version_info[:3]), hexed(sys.executable))
for index, name in enumerate(names):
    forked(load(name), lambda *fields: say(str(index), *fields))
if torch:
    forked(vendor, say)
say('end', str(len(names)))
posix._exit(0)
`.trimStart()

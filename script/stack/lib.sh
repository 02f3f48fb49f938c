# shellcheck shell=bash
# What the scripts of the stack share. To be sourced from the root of the checkout.
. script/stack/env.sh
# Where this process's commands go must not depend on who called.
unset DOCKER_HOST DOCKER_CONTEXT DOCKER_DEFAULT_PLATFORM

# Scripts that call each other count the seconds together.
export STACK_STARTED=${STACK_STARTED:-$EPOCHSECONDS}
say() { printf '%4ds  %s\n' $((EPOCHSECONDS - STACK_STARTED)) "$*" >&2; }
die() { say "$*"; exit 1; }
# sudo has a PATH of its own, on which the unpacked programs are not
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo env PATH="$PATH" "$@"; fi; }
may_root() { [ "$(id -u)" = 0 ] || sudo -n true 2> /dev/null; }

# running PIDFILE WORD: print the pid if that process lives and its command line has WORD in it.
# Pid files outlive a killed process, and pids are used again.
running() {
  local pid
  pid=$(cat "$1" 2> /dev/null) || return 1
  { tr '\0' ' ' < "/proc/$pid/cmdline"; } 2> /dev/null | grep -qF -- "$2" || return 1
  echo "$pid"
}

answers() { [ "$(curl -s -m 2 --unix-socket "$1" http://docker/_ping 2> /dev/null || true)" = OK ]; }
listening() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

# wait_for SECONDS COMMAND...
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.1
  done
}

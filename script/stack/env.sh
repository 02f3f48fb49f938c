# shellcheck shell=bash
# To be sourced: puts what script/bootstrap unpacked onto PATH, and, once script/stack/up has run,
# says where the engines and registries are.
STACK_PREFIX=${STACK_PREFIX:-/opt/verify-images}
STACK_RUN=${STACK_RUN:-/run/verify-images}
STACK_DATA=${STACK_DATA:-/var/lib/verify-images}
if [ "$(id -u)" = 0 ]; then _cache=/var/cache; else _cache=$HOME/.cache; fi
STACK_CACHE=${STACK_CACHE:-${XDG_CACHE_HOME:-$_cache}/verify-images}
unset _cache
STACK_OLD_PATH=${STACK_OLD_PATH:-$PATH}
# The commit all the test images say they were built from.
STACK_SHA=c0ffee254729296a45a3885639ac7e10f9d54979
export STACK_PREFIX STACK_RUN STACK_DATA STACK_CACHE STACK_OLD_PATH STACK_SHA
case :$PATH: in
  *:$STACK_PREFIX/bin:*) ;;
  *) [ ! -d "$STACK_PREFIX/bin" ] || export PATH=$STACK_PREFIX/bin:$PATH ;;
esac
# iptables and ip live here, where a plain user's PATH does not look
case :$PATH: in *:/usr/sbin:*) ;; *) export PATH=$PATH:/usr/sbin:/sbin ;; esac
# shellcheck disable=SC1091
if [ -r "$STACK_RUN/env" ]; then . "$STACK_RUN/env"; fi

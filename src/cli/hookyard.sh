#!/bin/sh
# The command as it is installed: with the Node that came with the packages, whichever one is on the path.
here=$(dirname "$(readlink -f "$0")")
root=$(cd "$here/../.." && pwd)
node="$root/node_modules/.bin/node"
[ -x "$node" ] || node=node
NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$root/node_modules/.cache/hookyard}"
export NODE_COMPILE_CACHE
exec "$node" --disable-warning=ExperimentalWarning "$here/main.ts" "$@"

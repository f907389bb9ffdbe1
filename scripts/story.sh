#!/usr/bin/env bash
# The whole story, in a temporary folder. A provider is written with a mistake, fixed, tested on earlier messages and
# activated. A function fails and is fixed, its failed messages are resubmitted, and the change is rolled back. Needs
# only `npm ci`.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
server=
finish() {
  if [ -n "$server" ]; then kill "$server" && wait "$server" || true; fi
  rm -rf "$work"
}
trap finish EXIT
cd "$work"

step() { printf '\n## %s\n' "$*"; }
hookyard() {
  printf '$ hookyard' && printf ' %q' "$@" && echo
  "$project/src/cli/hookyard.sh" "$@"
}
refused() { if "$@"; then echo "expected the command to fail" >&2 && exit 1; fi; }
post() {
  printf '$ curl %s\n' "$1"
  curl -sS "$HOOKYARD_URL/webhooks/v1/$1" -H 'x-acme-event: order' -H 'flex-sync-webhook: true' -d "$2"
  echo
}

step "Start a server"
mkdir -p server/providers server/functions && touch server/log
HOOKYARD_TOKEN=$("$project/node_modules/.bin/node" -p 'crypto.randomUUID()')
HOOKYARD_PORT=0 HOOKYARD_LOG_LEVEL=error HOOKYARD_ADMIN_TOKEN=$HOOKYARD_TOKEN HOOKYARD_DATA_DIR=server/data \
  HOOKYARD_PROVIDERS_DIR=server/providers HOOKYARD_FUNCTIONS_DIR=server/functions \
  "$project/src/cli/hookyard.sh" start > server/log 2>&1 &
server=$!
address() { sed -n 's|.*senders post to *\(http://[^/]*\).*|\1|p' server/log; }
until [ -n "$(address)" ]; do
  kill -0 "$server" || { cat server/log >&2 && exit 1; }
  sleep 0.1
done
HOOKYARD_URL=$(address)
export HOOKYARD_URL HOOKYARD_TOKEN
hookyard doctor --remote

step "Acme already sends, and no provider matches"
for n in 1 2 3; do post acme/orders "{\"order\":$n}"; done
hookyard messages list --status UNMATCHED

step "Write a provider, with a mistake in its script"
mkdir -p config/providers/acme config/functions/orders
cat > config/providers/acme/provider.json <<'JSON'
{
  "name": "acme",
  "priority": 10,
  "active": false
}
JSON
cat > config/providers/acme/match.ts <<'TS'
import type { WebhookEvent } from "hookyard";

export default (event: WebhookEvent): boolean => "x-acme-event" in event.headers);
TS
refused hookyard providers push config/providers/acme

step "Fix it, and push it to the server; it is still inactive"
sed -i 's/headers);/headers;/' config/providers/acme/match.ts
cat > config/functions/orders/function.json <<'JSON'
{
  "name": "orders",
  "provider": "acme",
  "uri": "acme/orders"
}
JSON
cat > config/functions/orders/index.ts <<'TS'
import type { FunctionContext, WebhookEvent } from "hookyard";

export default (event: WebhookEvent, ctx: FunctionContext): void => {
  ctx.setMessage(`order ${(event.payload as { order: number }).order}`);
};
TS
hookyard push config --note "Acme's orders"
hookyard push config

step "What would it have done with the stored messages?"
sed 's/"active": false/"active": true/' -i config/providers/acme/provider.json
hookyard backtest config --last 10

step "Activate it, and receive a message"
hookyard push config --note "activate Acme"
post acme/orders '{"order":4}'

step "A new version of the function fails on the messages of Acme"
sed -i 's/order: number }).order/order: { number: number } }).order.number.toFixed()/' config/functions/orders/index.ts
hookyard diff config
hookyard push config --note "read the new number of an order"
for n in 5 6; do post acme/orders "{\"order\":$n}"; done
hookyard messages list --status FAILED
failed=$("$project/src/cli/hookyard.sh" messages list --status FAILED --limit 1 --json | sed 's/.*"id":"\([^"]*\)".*/\1/')
hookyard messages show "$failed"

step "Fix it, test it on a failed message, and resubmit all failed messages"
sed -i 's/order: { number: number } }).order.number.toFixed()/order: number }).order/; s/order \$/order no. $/' config/functions/orders/index.ts
hookyard test config/functions/orders --message "$failed"
hookyard push config --note "read the old number again"
hookyard messages resubmit --status FAILED --yes
until [ "$("$project/src/cli/hookyard.sh" messages list --status SUCCESS --json | grep -o 'order no\.' | wc -l)" -ge 2 ]; do sleep 0.2; done
hookyard messages list

step "Roll back to the first version"
hookyard functions versions orders
hookyard functions rollback orders --to 1
hookyard functions versions orders

step "The server stops"

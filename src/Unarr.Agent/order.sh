#!/usr/bin/env bash
# Finds out which methods a running agent executes and lists them in methods.order. The compiler lays those side by side, so that the
# rest of the program is never read into memory. Run it when .ci/run says that the list is out of date.
set -euo pipefail
cd "$(dirname "$0")/../.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 LC_ALL=C

for program in valgrind haproxy openssl curl nm objcopy; do
    command -v "$program" >/dev/null || { echo "$program is needed: apt-get install valgrind haproxy openssl curl binutils" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT

# At a fixed address, what valgrind reports are the addresses that nm knows. Valgrind stumbles over the debug information.
dotnet publish src/Unarr.Agent -c Release -r linux-x64 --artifacts-path "$work/artifacts" -o "$work/agent" -p:PositionIndependentExecutable=false
agent=$work/agent/unarr-agent
objcopy --remove-section=.gnu_debuglink "$agent"
dotnet build src/Unarr.ControlPlane -c Release

# A control plane, with and without TLS before it.
plain=http://127.0.0.1:18481
secure=https://localhost:18482
echo '{ "operator": "o", "agents": { "plain": "p", "secure": "s", "polling": "l" } }' >"$work/keys.json"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$work/key.pem" -out "$work/ca.pem" 2>/dev/null
cat "$work/key.pem" "$work/ca.pem" >"$work/pair.pem"
cat >"$work/haproxy.cfg" <<CONFIGURATION
defaults
    mode http
    timeout connect 5s
    timeout client 1m
    timeout server 1m
frontend tls
    bind 127.0.0.1:${secure##*:} ssl crt $work/pair.pem
    default_backend controlplane
backend controlplane
    server one ${plain#http://}
CONFIGURATION
dotnet run --project src/Unarr.ControlPlane -c Release --no-build -- \
    serve --keys "$work/keys.json" --urls "$plain" --heartbeat 1s --store memory --log-level None &
haproxy -q -f "$work/haproxy.cfg" &
proxy=$!
curl -sf --retry 30 --retry-connrefused --retry-delay 1 -o /dev/null "$plain/health"

run() {
    local id=$1 key=$2
    shift 2
    # Valgrind has no room for the address space that the collector would reserve.
    UNARR_API_KEY=$key DOTNET_GCHeapHardLimit=4000000 valgrind -q --tool=callgrind --dump-instr=yes --compress-pos=no \
        --callgrind-out-file="$work/$id.callgrind" "$agent" run --agent-id "$id" --state-file "$work/$id.jsonl" --exit-after 60s "$@" >/dev/null
}
run plain p --server "$plain" --on-control true &
agents=($!)
run secure s --server "$secure" --ca-file "$work/ca.pem" &
agents+=($!)
run polling l --server "$secure" --ca-file "$work/ca.pem" --downlink poll &
agents+=($!)
for second in $(seq 45); do
    for id in plain secure polling; do
        curl -sf -o /dev/null -H 'Authorization: Bearer o' -d '{"action":"pause","taskId":"t1"}' "$plain/api/operator/agents/$id/controls"
    done
    sleep 1
    if [ "$second" = 20 ]; then kill "$proxy"; fi
    if [ "$second" = 25 ]; then haproxy -q -f "$work/haproxy.cfg" & fi
done
wait "${agents[@]}"

# Each executed address belongs to the symbol last before it; only what the compiler itself has laid out is listed.
nm --defined-only "$(find "$work/artifacts/obj" -name unarr-agent.o)" | awk '{ print $3 }' | sort -u >"$work/laid-out"
{
    nm --defined-only "$agent.dbg" | awk '$2 ~ /[tT]/ { print $1, $3 }'
    grep -ho '^0x[0-9a-f]*' "$work"/*.callgrind | sort -u | awk '{ print substr("0000000000000000" substr($1, 3), length($1) - 1), "~" }'
} | sort | awk '$2 == "~" { print name; next } { name = $2 }' | sort -u | comm -12 - "$work/laid-out" >src/Unarr.Agent/methods.order
wc -l src/Unarr.Agent/methods.order

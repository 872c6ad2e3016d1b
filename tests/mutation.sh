#!/usr/bin/env bash
# Changes the code in one small way after the other and reports which changes no test notices. Slow, and no part of the gate.
#   tests/mutation.sh GROUP [FILTER]     GROUP: one of those below; FILTER: the tests to run, as of dotnet test --filter
#   FUZZ=1 tests/mutation.sh GROUP       with the properties of fuzz/ too, which take minutes for each round
# The report is in artifacts/mutation/GROUP.
set -euo pipefail
cd "$(dirname "$0")/.."

# What is mutated: for each group its project, and its files in that project. Nothing below names a folder of the source.
declare -A projects=(
    [smallest]=src/Unarr.Pipelines/Unarr.Pipelines.csproj
    [sse]=src/Unarr.Pipelines/Unarr.Pipelines.csproj
    [pacing]=src/Unarr.Pipelines/Unarr.Pipelines.csproj
    [deciding]=src/Unarr.Agents.Downlink/Unarr.Agents.Downlink.csproj
    [applying]=src/Unarr.Agents.Downlink/Unarr.Agents.Downlink.csproj
    [syncing]=src/Unarr.Agents.Downlink/Unarr.Agents.Downlink.csproj
)
declare -A globs=(
    [smallest]='**/Backoff.cs **/RateBound.cs'
    [sse]='**/Sse/*.cs'
    [pacing]='**/Pacing/*.cs'
    [deciding]='**/Deciding/*.cs'
    [applying]='**/Applying/*.cs'
    [syncing]='**/Syncing/*.cs'
)
tests=tests/Unarr.Pipelines.Tests/Unarr.Pipelines.Tests.csproj
fuzz=fuzz/Unarr.Pipelines.Fuzz.csproj

group=${1:-}
if [ -z "$group" ] || [ -z "${globs[$group]:-}" ]; then
    echo "usage: tests/mutation.sh GROUP [FILTER]; groups: ${!globs[*]}" >&2
    exit 2
fi

arguments=(--project "$(basename "${projects[$group]}")" --test-project "$PWD/$tests")
if [ "${FUZZ:-}" = 1 ]; then arguments+=(--test-project "$PWD/$fuzz"); fi
if [ $# -gt 1 ]; then arguments+=(--test-case-filter "$2"); fi
read -ra files <<<"${globs[$group]}"
for file in "${files[@]}"; do arguments+=(--mutate "$file"); done

dotnet tool restore
output=$PWD/artifacts/mutation/$group
cd "$(dirname "${projects[$group]}")"
dotnet stryker "${arguments[@]}" --configuration Release --concurrency "${CONCURRENCY:-1}" --skip-version-check \
    --reporter progress --reporter html --reporter json --output "$output"

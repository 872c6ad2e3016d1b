#!/usr/bin/env bash
# Coverage-guided fuzzing: fuzz/coverage.sh [target|all] [seconds]. Fails when an input was found that a target throws for, or hangs on.
# fuzz/coverage.sh keep TARGET puts what the last run found into the corpus, minimised. fuzz/README.md says the rest.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
export AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_SKIP_BIN_CHECK=1 AFL_MAP_SIZE=65536
# A runtime takes longer to start than what AFL allows for.
export AFL_FORKSRV_INIT_TMOUT=120000

targets=(framer reader json toml)
largest=4096
kept=100
out=artifacts/fuzz
program=("$(command -v dotnet)" "$out/program/Unarr.Pipelines.Fuzz.Coverage.dll")

command -v afl-fuzz >/dev/null || { echo "afl-fuzz is needed: apt-get install afl++" >&2; exit 1; }

publish() {
    rm -rf "$out/program"
    dotnet tool restore >/dev/null
    dotnet publish fuzz/Coverage -c Release -o "$out/program" -v quiet
    for assembly in Unarr.Pipelines Unarr.Agents.Protocol unarr-agent; do
        dotnet sharpfuzz "$out/program/$assembly.dll"
    done
}

fuzz() {
    local target=$1 seconds=$2 found
    rm -rf "${out:?}/$target"
    mkdir -p "$out/$target/seeds"
    find "fuzz/corpus/$target" "fuzz/corpus/crashes/$target" -type f -exec cp -t "$out/$target/seeds" {} + 2>/dev/null || true
    # An input has 20 seconds: even on a machine with other work, more is a hang.
    if ! afl-fuzz -V "$seconds" -t 20000 -m none -G "$largest" -x "fuzz/Coverage/$target.dict" -i "$out/$target/seeds" -o "$out/$target" -- \
        "${program[@]}" "$target" >"$out/$target/log.txt" 2>&1; then
        tail -n 40 "$out/$target/log.txt" >&2
        return 1
    fi

    awk -F ' *: *' '/^(execs_done|execs_per_sec|corpus_count|bitmap_cvg|stability|saved_crashes|saved_hangs)/ { printf "%s %s  ", $1, $2 }
        END { print "" }' "$out/$target/default/fuzzer_stats"
    found=$(find "$out/$target/default/crashes" "$out/$target/default/hangs" -type f -name 'id:*')
    [ -z "$found" ] && return 0
    echo "$target: what was found, to be kept under fuzz/corpus/crashes/$target:" >&2
    while read -r file; do
        echo "$file" >&2
        base64 -w 0 "$file" >&2
        echo >&2
        timeout 60 "${program[@]}" "$target" <"$file" 2>&1 | head -n 20 >&2 || true
    done <<<"$found"
    return 1
}

keep() {
    local target=$1 number=0
    # The smallest inputs that together reach what all of them reach; under the hash of what they hold.
    rm -rf "$out/$target/all" "$out/$target/least"
    mkdir -p "$out/$target/all"
    find "fuzz/corpus/$target" "$out/$target/default/queue" -maxdepth 1 -type f -size -"$((largest + 1))"c -exec cp -t "$out/$target/all" {} +
    afl-cmin -t 20000 -m none -i "$out/$target/all" -o "$out/$target/least" -- "${program[@]}" "$target"
    rm -rf "fuzz/corpus/$target"
    mkdir -p "fuzz/corpus/$target"
    while read -r file && [ "$number" -lt "$kept" ]; do
        cp "$file" "fuzz/corpus/$target/$(sha256sum "$file" | cut -c 1-16)"
        number=$((number + 1))
    done < <(ls -S -r -d "$out/$target/least/"*)
}

if [ "${1:-all}" = keep ]; then
    keep "${2:?which target?}"
    exit
fi

[ "${1:-all}" = all ] || targets=("$1")
publish
failed=0
for target in "${targets[@]}"; do
    echo "$target:"
    fuzz "$target" "${2:-60}" || failed=1
done
exit "$failed"

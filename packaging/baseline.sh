#!/usr/bin/env bash
# Packs the packages of the baseline, the tag or commit that the file "baseline" next to this one names, as version 0.0.0-baseline:
#   packaging/baseline.sh FOLDER
# It takes the sources from the clone that it is run in. Exit code 3: they are not in it.
set -euo pipefail
folder=$(realpath -m "$1")
name=$(grep -v '^#' "$(dirname "$0")/baseline")
commit=$(git rev-parse --verify --quiet "$name^{commit}") || { echo "baseline.sh: the baseline $name is not in this clone" >&2; exit 3; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git archive "$commit" | tar -x -C "$work"
cd "$work"
dotnet pack src/packages.slnf -c Release -o "$folder" -p:Version=0.0.0-baseline -p:RestoreLockedMode=true -p:RunAnalyzers=false \
    -p:EnablePackageValidation=false

#!/usr/bin/env bash
# Checks the native agent that a release is made of: that it runs, its size, what is not in it, and that methods.order knows its methods
# still.
#   packaging/agent-check.sh PROGRAM OBJECT
# OBJECT is what PROGRAM was linked from.
set -euo pipefail
program=$1 object=$2
order=$(dirname "$0")/../src/Unarr.Agent/methods.order
fail() { echo "agent-check.sh: $1" >&2; exit 1; }

printf 'data: hello\n\n' | "$program" parse -
size=$(stat -c %s "$program")
echo "$program has $size bytes"
[ "$size" -le 10000000 ] || fail "it is larger than 10,000,000 bytes"
if grep -qaF 'Microsoft.AspNetCore' "$program"; then fail "there is ASP.NET in it"; fi
listed=$(wc -l <"$order")
known=$(nm --defined-only "$object" | awk '{ print $3 }' | LC_ALL=C sort -u | LC_ALL=C comm -12 - "$order" | wc -l)
echo "$known of the $listed methods in methods.order are there"
[ "$((known * 10))" -ge "$((listed * 9))" ] || fail "methods.order is out of date: src/Unarr.Agent/order.sh makes it anew"

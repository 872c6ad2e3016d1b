#!/usr/bin/env bash
# Gives a container image of the SDK the time SOURCE_DATE_EPOCH instead of that of its making, so that the same sources give the same
# bytes, and compresses it.
#   packaging/container.sh ARCHIVE OUTPUT      ARCHIVE: an OCI archive as PublishContainer writes it; OUTPUT: …tar.gz
set -euo pipefail
archive=$(realpath "$1")
output=$(realpath -m "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/image" "$work/layer"
tar -xf "$archive" -C "$work/image"
blobs=$work/image/blobs/sha256

pack() { tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$1" -c "${@:2}"; }
# The digests that a file names, in their order.
named() { grep -o '"digest":"sha256:[0-9a-f]*"' "$1" | cut -d: -f3 | tr -d '"'; }
# Puts FILE in the place of the blob OLD, and its size and digest into NAMED_IN.
replace() { # FILE OLD NAMED_IN
    new=$(sha256sum "$1" | cut -d' ' -f1)
    sed -i "s/\"size\":[0-9]*,\"digest\":\"sha256:$2\"/\"size\":$(stat -c %s "$1"),\"digest\":\"sha256:$new\"/" "$3"
    rm "$blobs/$2"
    mv "$1" "$blobs/$new"
}

manifest=$(named "$work/image/index.json")
config=$(named "$blobs/$manifest" | head -n 1)
layer=$(named "$blobs/$manifest" | tail -n 1)
cp "$blobs/$manifest" "$work/manifest"
cp "$blobs/$config" "$work/config"

# The program's layer is the last one; those below it are the base image's.
gzip -dc "$blobs/$layer" >"$work/layer.tar"
tar -xpf "$work/layer.tar" -C "$work/layer"
old=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
(cd "$work/layer" && find . -mindepth 1 -maxdepth 1 -printf '%P\n' | LC_ALL=C sort) >"$work/names"
pack "$work/layer" --files-from="$work/names" >"$work/layer.tar"
sed -i "s/sha256:$old/sha256:$(sha256sum "$work/layer.tar" | cut -d' ' -f1)/" "$work/config"
gzip -n -9 <"$work/layer.tar" >"$work/layer.tar.gz"
replace "$work/layer.tar.gz" "$layer" "$work/manifest"

created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
sed -i -e "s/\(\"author\":\".NET SDK\",\"created\":\"\)[^\"]*/\1$created/" -e "s/\(},\"created\":\"\)[^\"]*\(\",\"rootfs\"\)/\1$created\2/" \
    "$work/config"
[ "$(grep -o "\"created\":\"$created\"" "$work/config" | wc -l)" = 2 ] || { echo "the times of $archive are not where they were" >&2; exit 1; }
replace "$work/config" "$config" "$work/manifest"
replace "$work/manifest" "$manifest" "$work/image/index.json"

pack "$work/image" oci-layout index.json blobs | gzip -n -9 >"$output"

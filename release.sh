#!/usr/bin/env bash
# Makes everything of a release from a tag: packages, tools, native programs, Debian packages, container images, and a list of checksums.
# The same tag gives the same bytes (docs/releases.md).
#
#   ./release.sh v1.2.3 [FOLDER]        from that tag
#   ./release.sh --head 0.0.0-test [FOLDER]   from the last commit, to try it
#
# FOLDER (artifacts/release by default) must not exist. It needs the SDK, git, a linker (clang) and dpkg-deb.
# The agent for arm64 is made where gcc-aarch64-linux-gnu and libc6-dev-arm64-cross are installed.
# The container images are made where their base images can be fetched (UNARR_CONTAINERS=no: not at all; UNARR_BASE_IMAGE: on another
# one).
set -euo pipefail
cd "$(dirname "$0")"

fail() { echo "release.sh: $1" >&2; exit 2; }
usage() { sed -n '2,11s/^# \{0,1\}//p' "$0"; }

case "${1-}" in
    '' | -h | --help) usage; exit 0 ;;
    --head)
        version=${2-}
        commit=$(git rev-parse HEAD)
        shift ;;
    v*)
        version=${1#v}
        commit=$(git rev-parse --verify --quiet "refs/tags/$1^{commit}") || fail "there is no tag $1" ;;
    *) fail "'$1' is not a tag of the form v1.2.3" ;;
esac
[[ "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail "'$version' is not a version of the form 1.2.3"
output=$(realpath -m "${2-artifacts/release}")
[ ! -e "$output" ] || fail "$output is there already"
command -v dpkg-deb >/dev/null || fail "dpkg-deb is needed"
runtime_notices=$(dirname "$(realpath "$(command -v dotnet)")")/ThirdPartyNotices.txt
[ -e "$runtime_notices" ] || fail "the notices of .NET are not at $runtime_notices"

SOURCE_DATE_EPOCH=$(git show -s --format=%ct "$commit")
export SOURCE_DATE_EPOCH DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/source" "$work/packages" "$work/programs"
git archive "$commit" | tar -x -C "$work/source"
baseline=()
if "$work/source/packaging/baseline.sh" "$work/baseline"; then
    baseline=("-p:BaselinePackages=$work/baseline")
elif [ $? = 3 ]; then
    echo "== the packages are not compared with an earlier release: this clone does not have it"
else
    fail "the packages of the baseline cannot be made"
fi
cd "$work/source"

properties=(-c Release "-p:Version=$version" -p:RestoreLockedMode=true -p:RunAnalyzers=false -p:ContinuousIntegrationBuild=true)
# The links of the packages lead to the sources where it is known where those are.
if [ -n "${UNARR_REPOSITORY_URL-}" ]; then properties+=("-p:RepositoryUrl=$UNARR_REPOSITORY_URL" "-p:SourceRevisionId=$commit"); fi

echo "== packages and tools"
dotnet pack src/packages.slnf "${properties[@]}" "${baseline[@]}" -o "$work/packages"
for program in Unarr.Agent Unarr.ControlPlane; do
    dotnet pack "src/$program" "${properties[@]}" -o "$work/packages"
done

native() { # PROJECT RUNTIME [PROPERTY…]
    echo "== $1 for $2"
    dotnet publish "src/$1" "${properties[@]}" -r "$2" -o "$work/programs/$1-$2" "${@:3}"
}
native Unarr.Agent linux-x64
native Unarr.ControlPlane linux-x64
if command -v aarch64-linux-gnu-objcopy >/dev/null && command -v clang >/dev/null \
    && [ -e "$(aarch64-linux-gnu-gcc -print-file-name=Scrt1.o)" ]; then
    native Unarr.Agent linux-arm64 -p:CppCompilerAndLinker=clang -p:ObjCopyName=aarch64-linux-gnu-objcopy
fi

echo "== archives and Debian packages"
mkdir "$work/release"
cp "$work"/packages/*.nupkg "$work"/packages/*.snupkg "$work/release"
for folder in "$work"/programs/*; do
    name=$(basename "$folder")
    runtime=${name#*-}
    case "$name" in Unarr.Agent-*) program=unarr-agent ;; *) program=unarr-controlplane ;; esac
    cp LICENSE CHANGELOG.md THIRD-PARTY-NOTICES.md "$folder"
    cp "$runtime_notices" "$folder/THIRD-PARTY-NOTICES-DOTNET.txt"
    tar --sort=name --owner=0 --group=0 --numeric-owner --mode=u+rw,go+r-w --mtime="@$SOURCE_DATE_EPOCH" -C "$folder" -c . \
        | gzip -n -9 >"$work/release/$program-$version-$runtime.tar.gz"
    packaging/deb.sh "$program" "$version" "$runtime" "$folder" "$work/release"
done

if [ "${UNARR_CONTAINERS-}" != no ]; then
    echo "== container images"
    if [ -n "${UNARR_BASE_IMAGE-}" ]; then properties+=("-p:ContainerBaseImage=$UNARR_BASE_IMAGE"); fi
    for project in Unarr.Agent Unarr.ControlPlane; do
        case "$project" in Unarr.Agent) program=unarr-agent ;; *) program=unarr-controlplane ;; esac
        dotnet publish "src/$project" "${properties[@]}" -r linux-x64 -t:PublishContainer "-p:ContainerImageTag=$version" \
            "-p:ContainerArchiveOutputPath=$work/image.tar"
        packaging/container.sh "$work/image.tar" "$work/release/$program-$version-container.tar.gz"
    done
fi

(cd "$work/release" && sha256sum -- * >SHA256SUMS)
mkdir -p "$(dirname "$output")"
mv "$work/release" "$output"
echo "== $output"
cat "$output/SHA256SUMS"
